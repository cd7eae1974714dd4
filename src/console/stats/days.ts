/** The figures of a day, or of the days from `from` to `to`. */
export type Span = { from: string; to: string; conversations: number; messages: number };

type Day = { date: string; conversations: number; messages: number };

/** As many bars as can be told apart. */
const mostBars = 92;
const daysOfWeek = 7;

/** One bar a day; a week or a month where there would be too many. */
export function toSpans(days: readonly Day[]): Span[] {
  if (days.length <= mostBars) return group(days, (day) => day.date);
  if (days.length <= mostBars * daysOfWeek) return group(days, (_, index) => String(Math.floor(index / daysOfWeek)));
  return group(days, (day) => day.date.slice(0, 'yyyy-mm'.length));
}

function group(days: readonly Day[], keyOf: (day: Day, index: number) => string): Span[] {
  const spans: Span[] = [];
  let last: string | null = null;
  for (const [index, day] of days.entries()) {
    const key = keyOf(day, index);
    const span = spans.at(-1);
    if (span !== undefined && key === last) {
      span.to = day.date;
      span.conversations += day.conversations;
      span.messages += day.messages;
    } else spans.push({ from: day.date, to: day.date, conversations: day.conversations, messages: day.messages });
    last = key;
  }
  return spans;
}

const formats = {
  day: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  whole: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }),
};

/** `3 May`, or `1 May 2024 – 31 May 2024`. */
export function nameOfSpan({ from, to }: Pick<Span, 'from' | 'to'>): string {
  if (from === to) return formats.day.format(new Date(from));
  return `${formats.whole.format(new Date(from))} – ${formats.whole.format(new Date(to))}`;
}
