import { fitLine, layoutParagraph, readParagraphs, type TextStyle } from '../../lib/pdf/text.ts';
import type { ExportedConversation, ExportedMessage, ExportedSummary, ExportMeta } from '../records.ts';
import { PAGE, type PagedDocument } from './pages.ts';
import { COLORS, formatDay, formatNumber, formatSize, formatTime, inWords, STYLES } from './styles.ts';

const WIDTH = PAGE.right - PAGE.left;
/** What stands at the left of every row: who speaks, or what a row of the summary is. */
const LABEL_WIDTH = 84;
const PANEL_PADDING = 10;
/** A conversation begins on a page where this much is left of it. */
const LEAST_ROOM = 170;
/** A title's first characters are its heading; the rest of a very long one follows as text. */
const HEADING_LENGTH = 240;
const SENTIMENT_COLORS = { POSITIVE: COLORS.positive, NEUTRAL: COLORS.neutral, NEGATIVE: COLORS.negative };

/** Where a conversation begins. `pageNumber` counts the body's pages from 1. */
export type Start = { pageNumber: number; target: { pageId: number; y: number } };

/** Draws conversations one below the other. What is drawn of each is given out between its parts, as generators pause. */
export function createBody(document: PagedDocument, meta: ExportMeta, providerLabels: ReadonlyMap<string, string>) {
  let page: ReturnType<PagedDocument['beginPage']> | null = null;
  let pageNumber = 0;
  let y = 0;
  let panelTop: number | null = null;
  let runningTitle = '';

  const endPanelHere = (bottom: number): void => {
    if (page === null || panelTop === null) return;
    page.fill(COLORS.panel, PAGE.left, bottom, WIDTH, panelTop - bottom);
    page.fill(COLORS.accent, PAGE.left, bottom, 2, panelTop - bottom);
  };
  const endPage = (): void => {
    endPanelHere(y);
    page?.end('body');
    page = null;
  };
  const beginPage = async (): Promise<NonNullable<typeof page>> => {
    const begun = document.beginPage();
    pageNumber += 1;
    y = PAGE.top;
    if (panelTop !== null) panelTop = y + PANEL_PADDING / 2;
    const tenant = await fitLine(meta.tenantName, STYLES.small, 180);
    const title = await fitLine(runningTitle, STYLES.small, 280);
    const number = await fitLine(String(pageNumber), STYLES.small, 60);
    begun.text(tenant, STYLES.small, PAGE.left, PAGE.height - 36);
    begun.text(title, STYLES.small, PAGE.right, PAGE.height - 36, 'right');
    begun.fill(COLORS.line, PAGE.left, PAGE.height - 43, WIDTH, 0.4);
    begun.text(number, STYLES.small, PAGE.right, 34, 'right');
    return begun;
  };
  /** The page that has `height` left, and where in it the next line's top is. */
  const ensure = async (height: number): Promise<NonNullable<typeof page>> => {
    if (page !== null && y - height < PAGE.bottom) endPage();
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

  async function label(text: string, style: TextStyle, x = PAGE.left): Promise<void> {
    const on = await ensure(style.leading);
    on.text(await fitLine(text, style, LABEL_WIDTH - 8), style, x, y - STYLES.body.size);
  }

  async function* drawHeading(conversation: ExportedConversation): AsyncGenerator<undefined> {
    const title = conversation.title.trim() || '(untitled)';
    const cut = title.length <= HEADING_LENGTH ? title.length : Math.max(title.lastIndexOf(' ', HEADING_LENGTH), 1);
    yield* flow(title.slice(0, cut), STYLES.title, PAGE.left, WIDTH);
    if (cut < title.length) yield* flow(title.slice(cut), STYLES.body, PAGE.left, WIDTH);
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
    yield* flow(facts.filter((fact) => fact !== null && fact !== '').join('  ·  '), STYLES.small, PAGE.left, WIDTH);
    y -= 8;
  }

  async function* drawSummary(summary: ExportedSummary): AsyncGenerator<undefined> {
    await ensure(60);
    panelTop = y;
    y -= PANEL_PADDING;
    const left = PAGE.left + PANEL_PADDING + 2;
    const x = PAGE.left + LABEL_WIDTH;
    const width = WIDTH - LABEL_WIDTH - PANEL_PADDING;
    if (summary.content !== null) {
      await label('Summary', STYLES.label, left);
      yield* flow(summary.content, STYLES.body, x, width);
      y -= 3;
    }
    if (summary.sentiment !== null) {
      await label('Sentiment', STYLES.label, left);
      const on = await ensure(STYLES.body.leading);
      on.mark(SENTIMENT_COLORS[summary.sentiment], x, y - STYLES.body.size, 6.5, 6.5);
      yield* flow(inWords(summary.sentiment), STYLES.body, x + 12, width - 12);
      y -= 3;
    }
    if (summary.topics.length > 0) {
      await label('Topics', STYLES.label, left);
      yield* flow(summary.topics.join('  ·  '), STYLES.body, x, width);
      y -= 3;
    }
    for (const [index, item] of summary.actionItems.entries()) {
      if (index === 0) await label('Action items', STYLES.label, left);
      const on = await ensure(STYLES.body.leading);
      on.mark(COLORS.neutral, x, y - STYLES.body.size, 6.5, 6.5);
      on.mark(COLORS.panel, x + 0.8, y - STYLES.body.size + 0.8, 4.9, 4.9);
      yield* flow(item, STYLES.body, x + 12, width - 12);
    }
    y -= PANEL_PADDING - 2;
    endPanelHere(y);
    panelTop = null;
    y -= 12;
  }

  async function* drawMessages(messages: ExportedMessage[]): AsyncGenerator<undefined> {
    let day = '';
    for (const { role, content, createdAt } of messages) {
      const on = await ensure(STYLES.body.leading * 2 + 4);
      const style = role === 'USER' ? STYLES.user : STYLES.assistant;
      on.text(await fitLine(inWords(role), style, LABEL_WIDTH - 8), style, PAGE.left, y - STYLES.body.size);
      const time =
        formatDay(createdAt) === day ? formatTime(createdAt) : `${formatDay(createdAt)}, ${formatTime(createdAt)}`;
      const small = { ...STYLES.small, size: 6.8 };
      on.text(await fitLine(time, small, LABEL_WIDTH - 6), small, PAGE.left, y - STYLES.body.size - 11);
      day = formatDay(createdAt);
      const [before, top] = [on.id, y];
      yield* flow(content, STYLES.body, PAGE.left + LABEL_WIDTH, WIDTH - LABEL_WIDTH);
      // The label is two lines high, the text may be one.
      if (page?.id === before) y = Math.min(y, top - STYLES.body.leading - 11);
      y -= 7;
    }
  }

  return {
    /** Draws a conversation: first gives where it begins, then pauses for as long as is wished. */
    async *draw(conversation: ExportedConversation): AsyncGenerator<Start | undefined> {
      runningTitle = conversation.title;
      if (page !== null && y - LEAST_ROOM < PAGE.bottom) endPage();
      const isFirst = page === null;
      const on = await ensure(LEAST_ROOM);
      if (!isFirst) {
        on.fill(COLORS.line, PAGE.left, y - 10, WIDTH, 0.75);
        y -= 30;
      }
      yield { pageNumber, target: { pageId: on.id, y: y + 14 } };
      yield* drawHeading(conversation);
      if (conversation.summary) yield* drawSummary(conversation.summary);
      if (conversation.messages.length > 0) yield* drawMessages(conversation.messages);
      else if (conversation.content !== null) yield* flow(conversation.content, STYLES.body, PAGE.left, WIDTH);
      for (const [index, { filename, mimeType, sizeBytes }] of conversation.attachments.entries()) {
        if (index === 0) {
          y -= 4;
          await label('Attachments', STYLES.label);
        }
        const text = `${filename}  ·  ${mimeType}  ·  ${formatSize(sizeBytes)}`;
        yield* flow(text, STYLES.body, PAGE.left + LABEL_WIDTH, WIDTH - LABEL_WIDTH);
      }
      y -= 6;
    },
    end: endPage,
  };
}
