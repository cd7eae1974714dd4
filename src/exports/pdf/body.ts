import { fitLine, layoutParagraph, readParagraphs, type TextStyle } from '../../lib/pdf/text.ts';
import type { ExportedConversation, ExportedMessage, ExportedSummary, ExportMeta } from '../records.ts';
import { type PagedDocument, pageBox } from './pages.ts';
import { colors, formatDay, formatNumber, formatSize, formatTime, inWords, textStyles } from './styles.ts';

const textWidth = pageBox.right - pageBox.left;
/** What stands at the left of every row: who speaks, or what a row of the summary is. */
const labelWidth = 84;
const panelPadding = 10;
/** A conversation begins on a page where this much is left of it. */
const leastRoom = 170;
/** A title's first characters are its heading; the rest of a very long one follows as text. */
const headingLength = 240;
const sentimentColors = { POSITIVE: colors.positive, NEUTRAL: colors.neutral, NEGATIVE: colors.negative };

/** Where a conversation begins. `pageNumber` counts the body's pages from 1. */
type Start = { pageNumber: number; target: { pageId: number; y: number } };

/** Draws conversations one below the other. What is drawn of each is given out between its parts, as generators pause. */
export function createBody(document: PagedDocument, meta: ExportMeta, providerLabels: ReadonlyMap<string, string>) {
  let page: ReturnType<PagedDocument['beginPage']> | null = null;
  let pageNumber = 0;
  let y = 0;
  let panelTop: number | null = null;
  let runningTitle = '';

  const endPanelHere = (bottom: number): void => {
    if (page === null || panelTop === null) return;
    page.fill(colors.panel, pageBox.left, bottom, textWidth, panelTop - bottom);
    page.fill(colors.accent, pageBox.left, bottom, 2, panelTop - bottom);
  };
  const endPage = (): void => {
    endPanelHere(y);
    page?.end('body');
    page = null;
  };
  const beginPage = async (): Promise<NonNullable<typeof page>> => {
    const begun = document.beginPage();
    pageNumber += 1;
    y = pageBox.top;
    if (panelTop !== null) panelTop = y + panelPadding / 2;
    const tenant = await fitLine(meta.tenantName, textStyles.small, 180);
    const title = await fitLine(runningTitle, textStyles.small, 280);
    const number = await fitLine(String(pageNumber), textStyles.small, 60);
    begun.text(tenant, textStyles.small, pageBox.left, pageBox.height - 36);
    begun.text(title, textStyles.small, pageBox.right, pageBox.height - 36, 'right');
    begun.fill(colors.line, pageBox.left, pageBox.height - 43, textWidth, 0.4);
    begun.text(number, textStyles.small, pageBox.right, 34, 'right');
    return begun;
  };
  /** The page that has `height` left, and where in it the next line's top is. */
  const ensure = async (height: number): Promise<NonNullable<typeof page>> => {
    if (page !== null && y - height < pageBox.bottom) endPage();
    page ??= await beginPage();
    return page;
  };

  /** Text in lines, on as many pages as it takes; pauses between paragraphs. */
  async function* flow(text: string, style: TextStyle, x: number, width: number): AsyncGenerator<undefined> {
    for await (const paragraph of readParagraphs(text)) {
      for (const line of layoutParagraph(paragraph, style, width)) {
        const on = await ensure(style.leading);
        if (line.isRtl) on.text(line, style, x + width, y - style.size, 'right');
        else on.text(line, style, x, y - style.size);
        y -= style.leading;
      }
      yield;
    }
  }

  async function label(text: string, style: TextStyle, x = pageBox.left): Promise<void> {
    const on = await ensure(style.leading);
    on.text(await fitLine(text, style, labelWidth - 8), style, x, y - textStyles.body.size);
  }

  async function* drawHeading(conversation: ExportedConversation): AsyncGenerator<undefined> {
    const title = conversation.title.trim() || '(untitled)';
    const cut = title.length <= headingLength ? title.length : Math.max(title.lastIndexOf(' ', headingLength), 1);
    yield* flow(title.slice(0, cut), textStyles.title, pageBox.left, textWidth);
    if (cut < title.length) yield* flow(title.slice(cut), textStyles.body, pageBox.left, textWidth);
    const { provider, source, segment, startedAt, messageCount, id } = conversation;
    const facts = [
      providerLabels.get(provider) ?? inWords(provider),
      source && inWords(source),
      `${formatDay(startedAt)}, ${formatTime(startedAt)}`,
      `${formatNumber(messageCount)} ${messageCount === 1 ? 'message' : 'messages'}`,
      id,
      // Last, since a segment in a script that runs the other way would carry what follows along.
      segment,
    ];
    y -= 1;
    yield* flow(
      facts.filter((fact) => fact !== null && fact !== '').join('  ·  '),
      textStyles.small,
      pageBox.left,
      textWidth,
    );
    y -= 8;
  }

  async function* drawSummary(summary: ExportedSummary): AsyncGenerator<undefined> {
    await ensure(60);
    panelTop = y;
    y -= panelPadding;
    const left = pageBox.left + panelPadding + 2;
    const x = pageBox.left + labelWidth;
    const width = textWidth - labelWidth - panelPadding;
    if (summary.content !== null) {
      await label('Summary', textStyles.label, left);
      yield* flow(summary.content, textStyles.body, x, width);
      y -= 3;
    }
    if (summary.sentiment !== null) {
      await label('Sentiment', textStyles.label, left);
      const on = await ensure(textStyles.body.leading);
      on.mark(sentimentColors[summary.sentiment], x, y - textStyles.body.size, 6.5, 6.5);
      yield* flow(inWords(summary.sentiment), textStyles.body, x + 12, width - 12);
      y -= 3;
    }
    if (summary.topics.length > 0) {
      await label('Topics', textStyles.label, left);
      yield* flow(summary.topics.join('  ·  '), textStyles.body, x, width);
      y -= 3;
    }
    for (const [index, item] of summary.actionItems.entries()) {
      if (index === 0) await label('Action items', textStyles.label, left);
      const on = await ensure(textStyles.body.leading);
      on.mark(colors.neutral, x, y - textStyles.body.size, 6.5, 6.5);
      on.mark(colors.panel, x + 0.8, y - textStyles.body.size + 0.8, 4.9, 4.9);
      yield* flow(item, textStyles.body, x + 12, width - 12);
    }
    y -= panelPadding - 2;
    endPanelHere(y);
    panelTop = null;
    y -= 12;
  }

  async function* drawMessages(messages: ExportedMessage[]): AsyncGenerator<undefined> {
    let day = '';
    for (const { role, content, createdAt } of messages) {
      const on = await ensure(textStyles.body.leading * 2 + 4);
      const style = role === 'USER' ? textStyles.user : textStyles.assistant;
      on.text(await fitLine(inWords(role), style, labelWidth - 8), style, pageBox.left, y - textStyles.body.size);
      const time =
        formatDay(createdAt) === day ? formatTime(createdAt) : `${formatDay(createdAt)}, ${formatTime(createdAt)}`;
      const small = { ...textStyles.small, size: 6.8 };
      on.text(await fitLine(time, small, labelWidth - 6), small, pageBox.left, y - textStyles.body.size - 11);
      day = formatDay(createdAt);
      const [before, top] = [on.id, y];
      yield* flow(content, textStyles.body, pageBox.left + labelWidth, textWidth - labelWidth);
      // The label is two lines high, the text may be one.
      if (page?.id === before) y = Math.min(y, top - textStyles.body.leading - 11);
      y -= 7;
    }
  }

  return {
    /** Draws a conversation: first gives where it begins, then pauses for as long as is wished. */
    async *draw(conversation: ExportedConversation): AsyncGenerator<Start | undefined> {
      runningTitle = conversation.title;
      if (page !== null && y - leastRoom < pageBox.bottom) endPage();
      const isFirst = page === null;
      const on = await ensure(leastRoom);
      if (!isFirst) {
        on.fill(colors.line, pageBox.left, y - 10, textWidth, 0.75);
        y -= 30;
      }
      yield { pageNumber, target: { pageId: on.id, y: y + 14 } };
      yield* drawHeading(conversation);
      if (conversation.summary) yield* drawSummary(conversation.summary);
      if (conversation.messages.length > 0) yield* drawMessages(conversation.messages);
      else if (conversation.content !== null)
        yield* flow(conversation.content, textStyles.body, pageBox.left, textWidth);
      for (const [index, { filename, mimeType, sizeBytes }] of conversation.attachments.entries()) {
        if (index === 0) {
          y -= 4;
          await label('Attachments', textStyles.label);
        }
        const text = `${filename}  ·  ${mimeType}  ·  ${formatSize(sizeBytes)}`;
        yield* flow(text, textStyles.body, pageBox.left + labelWidth, textWidth - labelWidth);
      }
      y -= 6;
    },
    end: endPage,
  };
}
