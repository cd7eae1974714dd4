import { fitLine, layoutParagraph, readParagraphs, type TextStyle } from '../../lib/pdf/text.ts';
import type { ExportMeta } from '../records.ts';
import { PAGE, type Page, type PagedDocument } from './pages.ts';
import { COLORS, formatDay, formatNumber, formatTime, inWords, STYLES } from './styles.ts';

const WIDTH = PAGE.right - PAGE.left;
const LABEL_WIDTH = 110;
const MAX_FILTER_LINES = 20;
const SENTIMENTS = [
  ['POSITIVE', COLORS.positive],
  ['NEUTRAL', COLORS.neutral],
  ['NEGATIVE', COLORS.negative],
] as const;

/** Draws the title page: what the export is of, its figures, and the filter in words. */
export async function drawTitlePage(
  document: PagedDocument,
  meta: ExportMeta,
  providerLabels: ReadonlyMap<string, string>,
): Promise<void> {
  const page = document.beginPage();
  const write = async (text: string, style: TextStyle, x: number, y: number, width = WIDTH): Promise<void> => {
    page.text(await fitLine(text, style, width), style, x, y);
  };
  page.fill(COLORS.accent, PAGE.left, 716, 36, 4);
  await write(meta.tenantName, STYLES.lead, PAGE.left, 684);
  await write('Conversations', STYLES.display, PAGE.left, 642);
  const made = `Exported on ${formatDay(meta.createdAt)} at ${formatTime(meta.createdAt)}. All times are UTC.`;
  await write(made, STYLES.lead, PAGE.left, 618);

  const { conversations, messages, from, to } = meta.figures;
  const figures: [string, string][] = [
    [formatNumber(conversations), conversations === 1 ? 'conversation' : 'conversations'],
    [formatNumber(messages), messages === 1 ? 'message' : 'messages'],
  ];
  page.fill(COLORS.line, PAGE.left, 572, WIDTH, 0.75);
  for (const [index, [figure, unit]] of figures.entries()) {
    await write(figure, STYLES.figure, PAGE.left + index * 120, 532, 115);
    await write(unit, STYLES.small, PAGE.left + index * 120, 516, 115);
  }
  if (from !== null && to !== null) {
    const days = formatDay(from) === formatDay(to) ? formatDay(from) : `${formatDay(from)} – ${formatDay(to)}`;
    await write(days, { ...STYLES.title, size: 13 }, PAGE.left + 250, 532, WIDTH - 250);
    await write('started', STYLES.small, PAGE.left + 250, 516);
  }
  page.fill(COLORS.line, PAGE.left, 492, WIDTH, 0.75);
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
  let left = MAX_FILTER_LINES;
  for (const [name, value] of rows.filter(([, value]) => value !== '')) {
    await write(name, STYLES.label, PAGE.left, y, LABEL_WIDTH - 10);
    for await (const paragraph of readParagraphs(value.slice(0, 2000))) {
      for (const line of layoutParagraph(paragraph, STYLES.body, WIDTH - LABEL_WIDTH)) {
        if (left === 0) break;
        page.text(line, STYLES.body, PAGE.left + LABEL_WIDTH, y);
        y -= STYLES.body.leading;
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
  const total = SENTIMENTS.reduce((sum, [name]) => sum + (bySentiment[name] ?? 0), 0);
  if (total === 0) return y;
  await write('Sentiment', STYLES.label, PAGE.left, y, LABEL_WIDTH - 10);
  let x = PAGE.left + LABEL_WIDTH;
  for (const [name, color] of SENTIMENTS) {
    const width = ((bySentiment[name] ?? 0) / total) * (WIDTH - LABEL_WIDTH);
    page.fill(color, x, y - 1, Math.max(width - 1, 0), 8);
    x += width;
  }
  x = PAGE.left + LABEL_WIDTH;
  for (const [name, color] of SENTIMENTS) {
    const count = bySentiment[name] ?? 0;
    page.fill(color, x, y - 18, 6, 6);
    await write(
      `${inWords(name)} ${formatNumber(count)} (${Math.round((count / total) * 100)} %)`,
      STYLES.small,
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
    y = PAGE.top;
    if (pageCount === 2) {
      begun.text(await fitLine('Contents', STYLES.heading, WIDTH), STYLES.heading, PAGE.left, y - 10);
      y -= 48;
    }
    const label = await fitLine(toRoman(pageCount), STYLES.small, 60);
    begun.text(label, STYLES.small, PAGE.right, 34, 'right');
    return begun;
  };

  return {
    async add(entry: { title: string; startedAt: Date; pageNumber: number; target: { pageId: number; y: number } }) {
      page ??= await begin();
      const title = await fitLine(entry.title.trim() || '(untitled)', STYLES.body, 350);
      page.text(title, STYLES.body, PAGE.left, y);
      page.text(await fitLine(formatDay(entry.startedAt), STYLES.small, 80), STYLES.small, PAGE.right - 40, y, 'right');
      page.text(await fitLine(String(entry.pageNumber), STYLES.body, 40), STYLES.body, PAGE.right, y, 'right');
      page.fill(COLORS.line, PAGE.left, y - 5.5, WIDTH, 0.4);
      page.link(PAGE.left, y - 5, WIDTH, 16, entry.target);
      y -= 17;
      if (y > PAGE.bottom) return;
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
