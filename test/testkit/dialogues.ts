import { readFileSync } from 'node:fs';
import type { NewAiMyChatsConversation } from './upstreams/ai-my-chats/store.ts';
import type { NewAnimamConversation } from './upstreams/animam/store.ts';
import { toSecond } from './upstreams/answer.ts';
import { createRandom } from './upstreams/random.ts';

/** A record of DialogSum's files: lines of `#Person1#: …`, a person's summary, a topic. */
export type Dialogue = {
  readonly fname: string;
  readonly dialogue: string;
  readonly summary: string;
  readonly topic: string;
};

export type Turn = { readonly speaker: string; readonly content: string };

export type ConversionOptions = {
  /** Of the first conversation (default 2024-01-01T00:00:00Z). */
  readonly startAt?: Date;
  /** Between the starts of two conversations (default 600). */
  readonly everySeconds?: number;
};

/** Says which file and line cannot be read, and what was expected. */
export class DialogueFileError extends Error {}

const MAX_CONTENT_CHARACTERS = 9_999;
const MAX_TITLE_CHARACTERS = 200;
const SOURCES = ['email', 'whatsapp', 'api', 'web'] as const;
const DEFAULT_START = new Date('2024-01-01T00:00:00Z');

/**
 * Reads a file of one JSON object a line (`fname`, `dialogue`, `summary`, `topic`; also `summary1`, `topic1`, as the
 * test set has them). Empty lines are passed over. @throws DialogueFileError
 */
export function readDialogues(path: string): Dialogue[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (err) {
    throw new DialogueFileError(`Cannot read ${path}: ${err instanceof Error ? err.message : String(err)}`);
  }
  const dialogues = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, path, index)]));
  if (dialogues.length === 0) throw new DialogueFileError(`${path} has no dialogues: expected one JSON object a line`);
  return dialogues;
}

function readLine(line: string, path: string, index: number): Dialogue {
  const where = `${path}, line ${index + 1}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DialogueFileError(`${where}: not JSON; expected one {"fname","dialogue","summary","topic"} a line`);
  }
  const fields: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const text = (...names: string[]) => names.map((name) => fields[name]).find((each) => typeof each === 'string');
  const dialogue = text('dialogue');
  if (typeof dialogue !== 'string' || dialogue === '') {
    throw new DialogueFileError(`${where}: no "dialogue", a text that is not empty`);
  }
  const [fname, summary, topic] = [text('fname'), text('summary', 'summary1'), text('topic', 'topic1')];
  return {
    fname: typeof fname === 'string' ? fname : `line_${index + 1}`,
    dialogue,
    summary: typeof summary === 'string' ? summary : '',
    topic: typeof topic === 'string' ? topic : '',
  };
}

/** What each speaker says in turn, byte for byte after `#PersonN#: `. A line without a tag goes on with the turn before. */
export function turnsOf(dialogue: string): Turn[] {
  const turns: { speaker: string; content: string }[] = [];
  for (const line of dialogue.split('\n')) {
    const [, speaker, content] = /^#(Person\d+)#:(?: |$)([\s\S]*)$/.exec(line) ?? [];
    const last = turns.at(-1);
    if (speaker !== undefined && content !== undefined) turns.push({ speaker, content });
    else if (last) last.content += `\n${line}`;
    else turns.push({ speaker: 'Person1', content: line });
  }
  return turns;
}

/**
 * One conversation a dialogue: titled with the topic, else its first words; the text as it is, up to 9,999 characters;
 * sources in turn; summarised by the file's summary, but every seventh, and those without one, still `processing`.
 */
export function toAiMyChats(
  dialogues: readonly Dialogue[],
  options: ConversionOptions = {},
): NewAiMyChatsConversation[] {
  return dialogues.map(({ fname, dialogue, summary, topic }, index) => {
    const at = startOf(index, options);
    const title = firstCharacters(topic === '' ? (turnsOf(dialogue)[0]?.content ?? '') : topic, MAX_TITLE_CHARACTERS);
    const isSummarised = summary !== '' && index % 7 !== 6;
    return {
      title: title === '' ? fname : title,
      content: firstCharacters(dialogue, MAX_CONTENT_CHARACTERS),
      source: SOURCES[index % SOURCES.length] ?? 'api',
      created_at: toSecond(at),
      updated_at: toSecond(new Date(at.getTime() + 300_000)),
      summary: isSummarised
        ? { title, content: summary, sentiment: 'neutral', topics: topic === '' ? [] : [topic], action_items: [] }
        : null,
      metadata: { fname },
    };
  });
}

/**
 * One conversation a dialogue, one message a turn: the first speaker is the `user`, all others the `assistant`. The
 * segment is the topic as a slug; the first message comes at the start, each after it two seconds later.
 */
export function toAnimam(dialogues: readonly Dialogue[], options: ConversionOptions = {}): NewAnimamConversation[] {
  return dialogues.map(({ fname, dialogue, topic }, index) => {
    const at = startOf(index, options);
    const turns = turnsOf(dialogue);
    const segment = slug(topic);
    return {
      segment: segment === '' ? null : segment,
      messages: turns.map(({ speaker, content }, turn) => ({
        role: speaker === turns[0]?.speaker ? 'user' : 'assistant',
        content,
        timestamp: toSecond(new Date(at.getTime() + turn * 2_000)),
      })),
      metadata: {
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
        referrer: 'https://example.com',
        page: `/${segment}`,
        fname,
      },
    };
  });
}

/** The first half and the second; with an odd number the first has one more. */
export function split(dialogues: readonly Dialogue[]): {
  readonly aiMyChats: readonly Dialogue[];
  readonly animam: readonly Dialogue[];
} {
  const half = Math.ceil(dialogues.length / 2);
  return { aiMyChats: dialogues.slice(0, half), animam: dialogues.slice(half) };
}

function startOf(index: number, { startAt = DEFAULT_START, everySeconds = 600 }: ConversionOptions): Date {
  return new Date(startAt.getTime() + index * everySeconds * 1000);
}

function firstCharacters(text: string, count: number): string {
  return text.length <= count ? text : [...text].slice(0, count).join('');
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
}

type Scene = {
  readonly topic: string;
  /** What the customer says, and what is answered; `{…}` is filled in. */
  readonly exchanges: readonly (readonly [string, string])[];
  readonly summary: string;
};

const FILLINGS: Readonly<Record<string, readonly string[]>> = {
  name: ['Amara', 'Bruno', 'Chloë', 'Dmitri', 'Eun-ji', 'Farid', 'Greta', 'Hana', 'Íris', 'Jonas', 'Kavya', 'Łukasz'],
  product: [
    'desk lamp',
    'standing desk',
    'espresso machine',
    'rain jacket',
    'bicycle pump',
    'noise meter',
    'tea kettle',
  ],
  plan: ['Free', 'Starter', 'Standard', 'Pro'],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  city: ['Lisbon', 'Kraków', 'Osaka', 'Nairobi', 'Montréal', 'Tallinn', 'São Paulo', 'Galway'],
  mood: [
    'Thanks a lot! 😊',
    'Great, thank you.',
    'That helps 👍🏽',
    'Perfect 👩‍💻',
    'All right then.',
    'Wonderful, cheers! ☕️',
  ],
};

const SCENES: readonly Scene[] = [
  {
    topic: 'pricing',
    exchanges: [
      [
        'Hello, this is {name}. What does the {plan} plan cost for {number} people?',
        'Hello {name}! For {number} people the {plan} plan is {price} euros a month.',
      ],
      ['Is there a discount if we pay for a year?', 'Yes, two months are free when you pay yearly.'],
      ['Does the price include phone support?', 'From the Standard plan on it does; before that you can write to us.'],
      ['{mood}', 'You are welcome. Shall I send the pricing sheet?'],
    ],
    summary: '{name} asks what the {plan} plan costs for {number} people and hears about the yearly discount.',
  },
  {
    topic: 'refund',
    exchanges: [
      [
        'My {product} broke after {number} days. I want my money back.',
        'I am sorry about that, {name}. May I have the order number?',
      ],
      ['It is order {order}.', 'Thank you. I see it: a {product}, sent to {city}.'],
      [
        'So, what happens now?',
        'We refund {price} euros within five days. Please send the {product} back with the label that I mail you.',
      ],
      ['{mood}', 'Is there anything else that I can do for you?'],
    ],
    summary: '{name} wants a refund for a broken {product}; {price} euros are to be paid back within five days.',
  },
  {
    topic: 'delivery',
    exchanges: [
      [
        'Where is my parcel? Order {order} should have been in {city} on {day}.',
        'Let me look. It left our warehouse and is on its way to {city}.',
      ],
      ['That is what you said last week!', 'You are right, and I apologise. The carrier now says {day}, before noon.'],
      ['Can it go to a neighbour?', 'Certainly. I have noted it for the driver.'],
      ['{mood}', 'Have a good day, {name}.'],
    ],
    summary: '{name} complains about the late order {order} to {city}, which should now come on {day}.',
  },
  {
    topic: 'sign in',
    exchanges: [
      [
        'I can\'t sign in, it says "code expired" & shows <error {number}>.',
        'A code lives for ten minutes, {name}. Did you use the newest one?',
      ],
      ['I asked for {number} codes, I think.', 'Then only the last of them works. I have sent you a fresh one now.'],
      ['It works!', 'Good. You may also turn on a passkey under Settings → Security.'],
    ],
    summary: '{name} cannot sign in because of an expired code and gets a fresh one that works.',
  },
  {
    topic: 'book an appointment',
    exchanges: [
      [
        'Could I come by on {day}? I would like to see the {product} before I buy it.',
        'Of course. At what time would it suit you?',
      ],
      ['About {hour} o’clock, in the {city} shop.', '{day} at {hour} in {city} is free. I have put you down, {name}.'],
      ['Do I need to bring anything?', 'Only yourself. 😀'],
      ['{mood}', 'See you on {day}!'],
    ],
    summary: '{name} books an appointment in {city} on {day} at {hour} to see a {product}.',
  },
  {
    topic: '配送について',
    exchanges: [
      [
        'こんにちは、{name}です。注文番号{order}はいつ届きますか？',
        '{name}様、ご連絡ありがとうございます。{number}日以内にお届けします。',
      ],
      ['わかりました。ありがとうございます。', 'またのご利用をお待ちしております。🙇'],
    ],
    summary: '{name}が注文{order}の配送日を尋ね、{number}日以内に届くと案内された。',
  },
  {
    topic: 'السعر',
    exchanges: [
      ['مرحبا، كم سعر الخطة {plan}؟', 'أهلا {name}، السعر {price} يورو في الشهر.'],
      ['شكرا جزيلا!', 'على الرحب والسعة 🌷'],
    ],
    summary: 'يسأل {name} عن سعر الخطة {plan}، وهو {price} يورو في الشهر.',
  },
  {
    topic: 'возврат',
    exchanges: [
      ['Здравствуйте! Хочу вернуть заказ {order}.', 'Здравствуйте, {name}! Укажите, пожалуйста, причину.'],
      ['Не подошёл размер.', 'Понятно, вернём {price} евро в течение {number} дней.'],
    ],
    summary: '{name} возвращает заказ {order} из-за размера и получит {price} евро.',
  },
];

const ENGLISH_SCENES = SCENES.slice(0, 5);
const OTHER_SCENES = SCENES.slice(5);

/**
 * Dialogues of our own making: the same number and seed always give the same ones, and a longer row begins with the
 * shorter. Every eighth is in another script; no two have the same text.
 */
export function writtenDialogues(count = 24, seed = 1): Dialogue[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[], fallback: T): T => items[Math.floor(random() * items.length)] ?? fallback;
  return Array.from({ length: count }, (_, index) => {
    const scene = pick(
      index % 8 === 7 ? OTHER_SCENES : ENGLISH_SCENES,
      SCENES[0] ?? { topic: '', exchanges: [], summary: '' },
    );
    const values: Record<string, string> = {
      number: String(2 + Math.floor(random() * 28)),
      price: String(5 + Math.floor(random() * 495)),
      hour: String(9 + Math.floor(random() * 9)),
      order: `A-${seed}-${10_000 + index}`,
    };
    for (const [slot, choices] of Object.entries(FILLINGS)) values[slot] = pick(choices, slot);
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, slot: string) => values[slot] ?? slot);
    // The order's number sets one dialogue apart from all others.
    const lines = [...scene.exchanges, ['My reference is {order}.', '{order}, noted.'] as const].flatMap(
      ([asked, answered]) => [`#Person1#: ${fill(asked)}`, `#Person2#: ${fill(answered)}`],
    );
    return { fname: `written_${index}`, dialogue: lines.join('\n'), summary: fill(scene.summary), topic: scene.topic };
  });
}
