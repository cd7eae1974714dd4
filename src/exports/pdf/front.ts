import { fitLine, layoutParagraph, readParagraphs, type TextStyle } from '../../lib/pdf/text.ts';
import type { ExportMeta } from '../records.ts';
import { type Page, type PagedDocument, pageBox } from './pages.ts';
import { colors, formatDay, formatNumber, formatTime, inWords, textStyles } from './styles.ts';

const textWidth = pageBox.right - pageBox.left;
const labelWidth = 110;
const maxFilterLines = 20;
const sentiments = [
  ['POSITIVE', colors.positive],
  ['NEUTRAL', colors.neutral],
  ['NEGATIVE', colors.negative],
] as const;

/** Draws the title page: what the export is of, its figures, and the filter in words. */
export async function drawTitlePage(
  document: PagedDocument,
  meta: ExportMeta,
  providerLabels: ReadonlyMap<string, string>,
): Promise<void> {
  const page = document.beginPage();
  const write = async (text: string, style: TextStyle, x: number, y: number, width = textWidth): Promise<void> => {
    page.text(await fitLine(text, style, width), style, x, y);
  };
  page.fill(colors.accent, pageBox.left, 716, 36, 4);
  await write(meta.tenantName, textStyles.lead, pageBox.left, 684);
  await write('Conversations', textStyles.display, pageBox.left, 642);
  const made = `Exported on ${formatDay(meta.createdAt)} at ${formatTime(meta.createdAt)}. All times are UTC.`;
  await write(made, textStyles.lead, pageBox.left, 618);

  const { conversations, messages, from, to } = meta.figures;
  const figures: [string, string][] = [
    [formatNumber(conversations), conversations === 1 ? 'conversation' : 'conversations'],
    [formatNumber(messages), messages === 1 ? 'message' : 'messages'],
  ];
  page.fill(colors.line, pageBox.left, 572, textWidth, 0.75);
  for (const [index, [figure, unit]] of figures.entries()) {
    await write(figure, textStyles.figure, pageBox.left + index * 120, 532, 115);
    await write(unit, textStyles.small, pageBox.left + index * 120, 516, 115);
  }
  if (from !== null && to !== null) {
    const days = formatDay(from) === formatDay(to) ? formatDay(from) : `${formatDay(from)} – ${formatDay(to)}`;
    await write(days, { ...textStyles.title, size: 13 }, pageBox.left + 250, 532, textWidth - 250);
    await write('started', textStyles.small, pageBox.left + 250, 516);
  }
  page.fill(colors.line, pageBox.left, 492, textWidth, 0.75);
  let y = 462;
  y = await drawSentiments(page, meta, y, write);
  const { byProvider = {} } = meta.figures;
  const providers = Object.entries(byProvider).map(
    ([name, count]) => `${providerLabels.get(name) ?? inWords(name)} ${formatNumber(count)}`,
  );
  const conditions = Object.entries(meta.filter).map(([name, value]) => `${name}: ${inOneLine(value)}`);
  const rows: [string, string][] = [
    ['Providers', providers.join('  ·  ')],
    ['Filter', conditions.length > 0 ? conditions.join('\n') : 'None: every conversation'],
  ];
  let left = maxFilterLines;
  for (const [name, value] of rows.filter(([, value]) => value !== '')) {
    await write(name, textStyles.label, pageBox.left, y, labelWidth - 10);
    for await (const paragraph of readParagraphs(value.slice(0, 2000))) {
      for (const line of layoutParagraph(paragraph, textStyles.body, textWidth - labelWidth)) {
        if (left === 0) break;
        page.text(line, textStyles.body, pageBox.left + labelWidth, y);
        y -= textStyles.body.leading;
        left -= 1;
      }
    }
    y -= 4;
  }
  page.end('front');
}

async function drawSentiments(
  page: Page,
  { figures: { bySentiment = {} } }: ExportMeta,
  y: number,
  write: (text: string, style: TextStyle, x: number, y: number, width?: number) => Promise<void>,
): Promise<number> {
  const total = sentiments.reduce((sum, [name]) => sum + (bySentiment[name] ?? 0), 0);
  if (total === 0) return y;
  await write('Sentiment', textStyles.label, pageBox.left, y, labelWidth - 10);
  let x = pageBox.left + labelWidth;
  for (const [name, color] of sentiments) {
    const width = ((bySentiment[name] ?? 0) / total) * (textWidth - labelWidth);
    page.fill(color, x, y - 1, Math.max(width - 1, 0), 8);
    x += width;
  }
  x = pageBox.left + labelWidth;
  for (const [name, color] of sentiments) {
    const count = bySentiment[name] ?? 0;
    page.fill(color, x, y - 18, 6, 6);
    await write(
      `${inWords(name)} ${formatNumber(count)} (${Math.round((count / total) * 100)} %)`,
      textStyles.small,
      x + 11,
      y - 18,
    );
    x += 120;
  }
  return y - 44;
}

function inOneLine(value: unknown): string {
  if (value instanceof Date) return formatDay(value);
  if (Array.isArray(value)) return value.map(inOneLine).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The table of contents, drawn entry by entry while the body is: its pages stand before the body all the same. */
export function createContents(document: PagedDocument) {
  let page: ReturnType<PagedDocument['beginPage']> | null = null;
  let y = 0;
  let pageCount = 1;

  const begin = async (): Promise<ReturnType<PagedDocument['beginPage']>> => {
    const begun = document.beginPage();
    pageCount += 1;
    y = pageBox.top;
    if (pageCount === 2) {
      begun.text(await fitLine('Contents', textStyles.heading, textWidth), textStyles.heading, pageBox.left, y - 10);
      y -= 48;
    }
    const label = await fitLine(toRoman(pageCount), textStyles.small, 60);
    begun.text(label, textStyles.small, pageBox.right, 34, 'right');
    return begun;
  };

  return {
    async add(entry: { title: string; startedAt: Date; pageNumber: number; target: { pageId: number; y: number } }) {
      page ??= await begin();
      const title = await fitLine(entry.title.trim() || '(untitled)', textStyles.body, 350);
      page.text(title, textStyles.body, pageBox.left, y);
      page.text(
        await fitLine(formatDay(entry.startedAt), textStyles.small, 80),
        textStyles.small,
        pageBox.right - 40,
        y,
        'right',
      );
      page.text(
        await fitLine(String(entry.pageNumber), textStyles.body, 40),
        textStyles.body,
        pageBox.right,
        y,
        'right',
      );
      page.fill(colors.line, pageBox.left, y - 5.5, textWidth, 0.4);
      page.link(pageBox.left, y - 5, textWidth, 16, entry.target);
      y -= 17;
      if (y > pageBox.bottom) return;
      page.end('front');
      page = null;
    },
    end(): void {
      page?.end('front');
      page = null;
    },
  };
}

function toRoman(value: number): string {
  const digits: [number, string][] = [
    [1000, 'm'],
    [900, 'cm'],
    [500, 'd'],
    [400, 'cd'],
    [100, 'c'],
    [90, 'xc'],
    [50, 'l'],
    [40, 'xl'],
    [10, 'x'],
    [9, 'ix'],
    [5, 'v'],
    [4, 'iv'],
    [1, 'i'],
  ];
  let rest = value;
  return digits
    .map(([worth, digit]) => {
      const times = Math.floor(rest / worth);
      rest %= worth;
      return digit.repeat(times);
    })
    .join('');
}
