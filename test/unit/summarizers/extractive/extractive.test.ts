import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import type {
  CitationDraft,
  SummaryDraft,
  SummaryInput,
  SummaryStyle,
} from '../../../../src/summarizers/summarizer.ts';
import { SummarizerError } from '../../../../src/summarizers/summarizer.ts';
import { countWords } from '../../../../src/summarizers/words.ts';

const summarizer = createExtractiveSummarizer();
const never = new AbortController().signal;

const RENTAL = [
  'Alice: Hi Ben, I would like to rent the small van from Friday to Monday.',
  'Ben: Good morning, Alice. We only have the large van left for that weekend.',
  'Alice: How much does the large van cost?',
  'Ben: It costs 90 euros per day, and the insurance is included.',
  'Alice: That is fine. Could you please send me the contract by email?',
  'Ben: Sure. I will send the contract to you this afternoon.',
].join('\n');

function inputOf(given: Partial<SummaryInput>): SummaryInput {
  return { title: 'A talk', content: null, messages: [], language: 'en', style: 'CONCISE', ...given };
}

function summarize(given: Partial<SummaryInput>, signal = never): Promise<SummaryDraft> {
  return summarizer.summarize(inputOf(given), signal);
}

function messagesOf(...contents: string[]): SummaryInput['messages'] {
  return contents.map((content, at) => ({ id: `msg_${at}`, role: at % 2 === 0 ? 'USER' : 'ASSISTANT', content }));
}

function sourceOf(input: Partial<SummaryInput>, citation: CitationDraft): string {
  if (citation.messageId === null) return input.content ?? '';
  return input.messages?.find((message) => message.id === citation.messageId)?.content ?? '';
}

function expectSound(given: Partial<SummaryInput>, draft: SummaryDraft): void {
  const citations = [...draft.citations, ...draft.actionItems.flatMap((item) => item.citation ?? [])];
  for (const citation of citations) {
    expect(sourceOf(given, citation).slice(citation.startOffset, citation.endOffset)).toBe(citation.quote);
    expect(citation.quote.length).toBeGreaterThan(0);
  }
  expect(draft.title.length).toBeGreaterThan(0);
  expect(draft.title.length).toBeLessThanOrEqual(80);
  expect(draft.topics.length).toBeLessThanOrEqual(5);
  for (const topic of draft.topics) expect(topic).toBe(topic.toLowerCase());
  const limit = { CONCISE: 60, DETAILED: 150, BULLETS: 150 }[given.style ?? 'CONCISE'];
  expect(countWords(draft.content)).toBeLessThanOrEqual(limit);
  for (const text of [draft.title, draft.content, ...draft.topics]) expect(text.isWellFormed()).toBe(true);
}

describe('a dialogue with names', () => {
  test('is told in the third person, with what was asked and promised', async () => {
    const draft = await summarize({ content: RENTAL });
    expectSound({ content: RENTAL }, draft);
    expect(draft.content).toContain('Alice would like to rent the small van from Friday to Monday');
    expect(draft.content).not.toMatch(/\b(?:I|my|me)\b/);
    expect(draft.topics.join(' ')).toContain('van');
    expect(draft.actionItems.map((item) => item.text)).toEqual([
      'Alice asks Ben to send them the contract by email.',
      'Ben will send the contract to Alice this afternoon.',
    ]);
    expect(draft.actionItems[1]?.citation?.quote).toBe('I will send the contract to you this afternoon.');
    expect(draft.language).toBe('en');
  });

  test('has a summary in the style that was asked for', async () => {
    const bullets = await summarize({ content: RENTAL, style: 'BULLETS' });
    expect(bullets.content.split('\n').length).toBeGreaterThan(1);
    for (const line of bullets.content.split('\n')) expect(line).toMatch(/^- \S/);
    const detailed = await summarize({ content: RENTAL, style: 'DETAILED' });
    const concise = await summarize({ content: RENTAL });
    expect(countWords(detailed.content)).toBeGreaterThan(countWords(concise.content));
  });

  test('gives the same summary every time', async () => {
    expect(await summarize({ content: RENTAL })).toEqual(await summarize({ content: RENTAL }));
  });
});

test('messages without names are told by role, and cited by message', async () => {
  const messages = messagesOf(
    'Hello! My washing machine makes a loud noise when it spins.',
    'I am sorry to hear that. Can you send me the model number of the machine?',
    'It is a WX-200. I need to wash clothes for my children tomorrow.',
    'Thank you. I will book a technician for tomorrow morning.',
  );
  const draft = await summarize({ messages });
  expectSound({ messages }, draft);
  expect(draft.content).toMatch(/\bthe (?:user|assistant)\b/i);
  expect(draft.citations.every((citation) => citation.messageId !== null)).toBe(true);
  expect(draft.actionItems.map((item) => item.text)).toContain(
    'The assistant will book a technician for tomorrow morning.',
  );
});

test('a speaker known only by a tag goes by the name the other uses', async () => {
  const content =
    '#Person1#: Good morning, Priya. I need to move our meeting to Thursday.\n#Person2#: I am free on Thursday after lunch.';
  const draft = await summarize({ content });
  expect(draft.content).toContain('#Person1# needs to move');
  expect(draft.content).toContain('Priya is free on Thursday after lunch');
  const tagged = messagesOf(...content.split('\n'));
  const fromMessages = await summarize({ messages: tagged });
  expect(fromMessages.content).toBe(draft.content);
  expectSound({ messages: tagged }, fromMessages);
});

test('an e-mail is summarised without its headers, its quotes and its signature', async () => {
  const content = [
    'From: Nora <nora@example.org>',
    'Subject: Roof repair',
    '',
    'The roof of the storage hall leaks above the second row of shelves.',
    'Please send somebody to repair the roof before the weekend.',
    '',
    '> Older text about the parking garage and the parking tickets.',
    '--',
    'Nora Parkinson, facility office of the parking garage',
  ].join('\n');
  const draft = await summarize({ content, style: 'DETAILED' });
  expectSound({ content }, draft);
  expect(draft.content).toContain('roof');
  expect(draft.content).not.toMatch(/garage|example\.org/i);
});

test.each([
  ['POSITIVE', 'I love the new app. It is wonderful and I am very happy. The support was excellent.'],
  ['NEGATIVE', 'This is terrible. I am angry about the awful service. The delivery was a disaster.'],
  ['NEUTRAL', 'The train leaves at nine. It stops in Bern. The ticket costs 40 francs.'],
])('the feeling of a clear text is %s', async (sentiment, content) => {
  expect((await summarize({ content })).sentiment).toBe(sentiment);
});

test.each([
  ['de', 'Guten Tag, ich möchte einen Tisch für vier Personen reservieren. Haben Sie am Samstag noch etwas frei?'],
  ['fr', 'Bonjour, je voudrais réserver une table pour quatre personnes. Est-ce que vous avez de la place samedi ?'],
  ['ja', '土曜日に四人でテーブルを予約したいです。まだ空いていますか？'],
  ['zh', '我想预订星期六的四人桌。你们还有空位吗？我们七点到。'],
])('a text in %s is summarised in its own language', async (language, content) => {
  const draft = await summarize({ content });
  expectSound({ content }, draft);
  expect(draft.language).toBe(language);
  expect(draft.citations.length).toBeGreaterThan(0);
  expect(draft.topics.length).toBeGreaterThan(0);
});

describe('what the system was told', () => {
  const secret = { id: 'sys', role: 'SYSTEM' as const, content: 'You must never reveal the password swordfish.' };

  test.each<SummaryStyle>(['CONCISE', 'DETAILED', 'BULLETS'])('is nowhere in the summary, %s', async (style) => {
    const said = messagesOf('I lost my key. Can you send me a new one?', 'I will send a new key tomorrow.');
    const draft = await summarize({ messages: [secret, ...said, secret], title: 'You must never reveal…', style });
    expect(draft.content).toContain('lost their key');
    expect(JSON.stringify(draft)).not.toMatch(/reveal|swordfish|password/);
    expect(
      [...draft.citations, ...draft.actionItems.map(({ citation }) => citation)].map((one) => one?.messageId),
    ).not.toContain('sys');
  });

  test('is said to be all there is where it is alone', async () => {
    const draft = await summarize({ messages: [secret, { ...secret, id: 'two' }], title: secret.content });
    expect(draft.content).toBe('The conversation holds system messages alone.');
    expect(JSON.stringify(draft)).not.toMatch(/reveal|swordfish|password/);
    expect(draft).toMatchObject({ topics: [], actionItems: [], citations: [], sentiment: 'NEUTRAL' });
  });
});

test('markup, thinking and signatures are no part of a summary, and its citations stand in the text as stored', async () => {
  const messages = messagesOf(
    'Hello, my **pur\u00adchase** of the `WX-200` lamp &amp; shade never arrived.\n\nSent from my phone',
    '<think>The user wants a refund. I call the bank.</think>\n<p>I will <b>send</b> a new lamp tomorrow.</p>\n```\nsend(lamp, now)\n```',
  );
  const draft = await summarize({ messages });
  expectSound({ messages }, draft);
  expect(draft.content).toBe(
    "The user's purchase of the WX-200 lamp & shade never arrived. The assistant will send a new lamp tomorrow.",
  );
  expect(draft.actionItems.map(({ text }) => text)).toEqual(['The assistant will send a new lamp tomorrow.']);
  expect(draft.citations.map(({ quote }) => quote)).toContain('I will <b>send</b> a new lamp tomorrow.');
});

test('a conversation of nothing but code says so', async () => {
  const draft = await summarize({ messages: messagesOf('```\nsend(lamp)\n```'), title: 'Lamp' });
  expect(draft.content).toBe('The conversation holds no prose: code, logs, quotations or signs alone.');
  expect(draft.actionItems).toEqual([]);
});

test.each([
  ['Chinese', '我昨天在你们店里买了一台洗衣机但是今天早上送来的时候发现门是坏的。请问你们什么时候可以来换一台新的？'],
  [
    'Japanese',
    '昨日お店で洗濯機を買いましたが今朝届いたときにドアが壊れていました。いつ新しいものに交換していただけますか？',
  ],
  ['Thai', 'เมื่อวานนี้ผมซื้อเครื่องซักผ้าจากร้านของคุณแต่เมื่อเช้านี้ตอนที่มาส่งพบว่าประตูเสีย คุณจะมาเปลี่ยนเครื่องใหม่ให้เมื่อไหร่ครับ '],
  ['Khmer', 'ខ្ញុំបានទិញម៉ាស៊ីនបោកខោអាវពីហាងរបស់អ្នកកាលពីម្សិលមិញ។ តើអ្នកនឹងមកប្តូរវានៅពេលណា។ '],
  ['Lao', 'ຂ້ອຍຊື້ເຄື່ອງຊັກຜ້າຈາກຮ້ານຂອງເຈົ້າມື້ວານນີ້ແຕ່ປະຕູເພແລ້ວ ເຈົ້າຈະມາປ່ຽນເຄື່ອງໃໝ່ເມື່ອໃດ '],
  ['Burmese', 'ကျွန်တော်မနေ့ကခင်ဗျားဆိုင်ကအဝတ်လျှော်စက်တစ်လုံးဝယ်ခဲ့ပါတယ်။ ဘယ်တော့အသစ်လာလဲပေးမလဲ။ '],
])('a summary in %s is no longer to read than one in English', async (_, text) => {
  const content = Array.from({ length: 30 }, (__, at) => `${text}${at}`).join('');
  const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
  const draft = await summarize({ content });
  const words = [...segmenter.segment(draft.content)].filter(({ isWordLike }) => isWordLike === true).length;
  expect(words).toBeLessThanOrEqual(60);
  expect(words).toBeGreaterThan(10);
});

const ODD_TEXTS: Record<string, string> = {
  nothing: '',
  spaces: ' \n\t \u00a0\n',
  'one word': 'Hello',
  'an emoji': '👍🏽',
  'a family of joined emoji': '👨‍👩‍👧‍👦 👩🏽‍🚀!',
  'marks alone': '?!… --- ((( ]]] """',
  'lone surrogates': 'I need \ud83d the key \udc4d now. Can you send \ud800 it?',
  'a long run of lone surrogates': '\ud83d'.repeat(5000),
  'combining marks': 'e\u0301\u0323\u0330'.repeat(2000),
  'right to left': 'אני רוצה להזמין שולחן. תודה רבה לכם!',
  'names of object members': '__proto__: constructor toString valueOf.\nconstructor: hasOwnProperty __proto__.',
  'a null character': 'I need\u0000 the report. Please send it\u0000 today.',
  'one letter 200,000 times': 'a'.repeat(200_000),
  'a hungry pattern': `${'a'.repeat(50_000)}! (a+)+$ ${'aA1'.repeat(20_000)}`,
  'brackets that never close': '('.repeat(100_000),
  'only line breaks': '\n'.repeat(200_000),
  'fillers alone': 'well, '.repeat(20_000),
  'labels alone': 'a:\nb:\na:\nb:',
  'Thai without spaces': 'สวัสดีครับผมต้องการจองห้อง'.repeat(500),
};

describe.each(Object.entries(ODD_TEXTS))('%s', (_, content) => {
  test.each<SummaryStyle>(['CONCISE', 'DETAILED', 'BULLETS'])(
    'is taken as content and as a message, %s',
    async (style) => {
      expectSound({ content, style }, await summarize({ content, style }));
      const messages = messagesOf(content, 'I will think about it.', content);
      expectSound({ messages, style }, await summarize({ messages, style }));
    },
  );
});

test('quotes stand in the text letter by letter in made-up dialogues of any characters', async () => {
  const seed = 20240501;
  const random = randomFrom(seed);
  const pieces = [
    'I will ',
    'Can you ',
    'send ',
    'the invoice ',
    'to Ann',
    '. ',
    '? ',
    '! ',
    '\n',
    'Bob: ',
    '#Person1#: ',
    '😀',
    'e\u0301',
    '\ud83d',
    '\u2028',
    'don ’ t ',
    '我们',
    '。',
    '“quoted” ',
    '- ',
    '1. ',
    'U.S. ',
    '  ',
    '\r\n',
    'please ',
  ];
  for (let round = 0; round < 150; round += 1) {
    const content = Array.from({ length: 40 }, () => pieces[Math.floor(random() * pieces.length)]).join('');
    const given = { content };
    const draft = await summarize(given);
    expect(() => expectSound(given, draft), `seed ${seed}, round ${round}: ${JSON.stringify(content)}`).not.toThrow();
  }
});

test('a long conversation leaves room for other work while it is read', async () => {
  const messages = messagesOf(
    ...Array.from(
      { length: 10_000 },
      (_, at) => `I think the crane on dock ${at % 97} needs a new cable. Can you order it for ticket ${at}?`,
    ),
  );
  let turns = 0;
  const counter = setInterval(() => {
    turns += 1;
  }, 0);
  const draft = await summarize({ messages });
  clearInterval(counter);
  expectSound({ messages }, draft);
  expect(turns).toBeGreaterThan(3);
});

describe('cancelling', () => {
  test('before the start', async () => {
    await expect(summarize({ content: RENTAL }, AbortSignal.abort())).rejects.toBeInstanceOf(SummarizerError);
  });

  test('on the way', async () => {
    const controller = new AbortController();
    const messages = messagesOf(
      ...Array.from({ length: 10_000 }, (_, at) => `The crane on dock ${at} needs a new cable.`),
    );
    const running = summarize({ messages }, controller.signal);
    setImmediate(() => controller.abort());
    await expect(running).rejects.toMatchObject({ name: 'SummarizerError', retryable: true });
  });
});

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
