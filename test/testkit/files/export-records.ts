import type { ExportedConversation, ExportMeta } from '../../../src/exports/records.ts';

/** Texts that break careless writers. */
export const HOSTILE_TEXTS = [
  '=HYPERLINK("http://evil.example","click")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\tafter a tab',
  '\rafter a return',
  '\nafter a line feed',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
  '\u200b=1+1',
  ' =1+1',
  '\u3000=1+1',
  'quotes " and "" and \', commas, semicolons;',
  'first line\nsecond line\r\nthird line',
  ' blanks around ',
  'emoji 👩‍👩‍👧 🇫🇷 👍🏽 ☕️',
  'عربي مع English و 123',
  'שלום עולם (סוגריים)',
  '汉字、かな、한국어',
  'हिन्दी क्षत्रिय · ไทยไม่มีช่องว่าง · தமிழ்',
  'null \u0000 and \u0007 bell, \u001b[31mescape',
  'lone \ud800 and \udc00 surrogates',
  `word${'x'.repeat(5000)}`,
  '</script><script>alert(1)</script>',
  '',
  'zero\u200bwidth, no-break\u00a0space, soft\u00adhyphen, line\u2028separator',
];

/** A conversation for tests: the same for the same number, its contents ordinary unless `overrides` say otherwise. */
export function exportedConversation(
  number: number,
  overrides: Partial<ExportedConversation> = {},
): ExportedConversation {
  const startedAt = new Date(Date.UTC(2026, 0, 1, 9) + number * 37 * 60_000);
  const at = (minutes: number): Date => new Date(startedAt.getTime() + minutes * 60_000);
  return {
    id: `conv_${String(number).padStart(6, '0')}`,
    provider: number % 2 === 0 ? 'ANIMAM' : 'AI_MY_CHATS',
    externalId: `ext_${number}`,
    title: TITLES[number % TITLES.length] ?? '',
    content: null,
    source: 'WEB',
    status: 'COMPLETED',
    segment: number % 3 === 0 ? 'pricing' : null,
    sessionId: `sess_${number}`,
    metadata: { page: '/pricing', visits: number },
    createdAt: startedAt,
    updatedAt: at(9),
    startedAt,
    lastMessageAt: at(3),
    messageCount: LINES.length,
    messages: LINES.map((content, position) => ({
      id: `msg_${number}_${position}`,
      role: position % 2 === 0 ? ('USER' as const) : ('ASSISTANT' as const),
      content,
      position,
      createdAt: at(position),
    })),
    summary: {
      title: 'Prices of the Pro plan',
      content:
        'The visitor asks what the Pro plan costs and whether seats can be added later. The assistant explains the three plans and offers a trial.',
      sentiment: (['POSITIVE', 'NEUTRAL', 'NEGATIVE'] as const)[number % 3] ?? 'NEUTRAL',
      topics: ['pricing', 'trial', 'seats'],
      actionItems: ['Send the price list for 25 seats', 'Call back on Thursday about the trial'],
      language: 'en',
      generator: 'extractive',
      completedAt: at(5),
    },
    attachments:
      number % 4 === 0
        ? [{ id: `att_${number}`, filename: 'quote.pdf', sizeBytes: 48_213, mimeType: 'application/pdf' }]
        : [],
    ...overrides,
  };
}

const TITLES = [
  'Question about prices',
  'Login does not work',
  'Change of address',
  'Refund for order 4711',
  'Which plan suits a team of five?',
];

const LINES = [
  'Hello, what are your prices? We are a team of twenty-five and mostly need the shared inbox.',
  'Hello! We offer three plans: Starter for small teams, Pro with shared inboxes and reports, and Enterprise with single sign-on. Pro costs 12 € a seat and month, billed yearly.',
  'And can we add seats later on?',
  'Yes, at any time. New seats are billed from the day they are added, and unused ones are credited.',
];

/** One message for each hostile text, which is its title, summary and segment as well. */
export function hostileConversations(): ExportedConversation[] {
  return HOSTILE_TEXTS.map((text, number) => {
    const plain = exportedConversation(number);
    return {
      ...plain,
      title: text,
      segment: text,
      messages: [{ id: `msg_${number}`, role: 'USER', content: text, position: 0, createdAt: plain.startedAt }],
      summary: { ...(plain.summary ?? emptySummary), content: text, topics: [text], actionItems: [text] },
    };
  });
}

const emptySummary = { title: null, sentiment: null, language: 'en', generator: 'extractive', completedAt: null };

export const exportMeta: ExportMeta = {
  tenantName: 'Café Müller & Söhne',
  createdAt: new Date('2026-03-01T12:00:00Z'),
  filter: { Providers: 'ANIMAM, AI_MY_CHATS', Started: '2026-01-01 to 2026-01-31' },
  figures: {
    conversations: 20,
    messages: 80,
    from: new Date('2026-01-01T09:00:00Z'),
    to: new Date('2026-01-31T17:00:00Z'),
    bySentiment: { POSITIVE: 11, NEUTRAL: 7, NEGATIVE: 2 },
    byProvider: { ANIMAM: 12, AI_MY_CHATS: 8 },
  },
};

export async function* streamOf<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

export async function readBytes(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}
