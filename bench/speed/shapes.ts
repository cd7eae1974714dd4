import type { Answer } from './answer.ts';
import type { Bench } from './seed.ts';

/** What is asked, and what of it the targets are about. */
export const shapes = {
  page: '20 conversations with 8 messages, summary, attachments',
  flat: '20 conversations, 4 fields',
  one: 'one conversation with messages, summary, attachments',
  'page+count': 'page with `totalCount`',
  'flat+count': 'flat with `totalCount`',
  deep: 'the page after four fifths of the list',
  filtered: 'page of one upstream account',
  search: 'two words, first 20 with snippets and facets',
  stats: 'totals, days and groups of 90 days',
  create: 'a conversation with two messages',
} as const;

export type ShapeName = keyof typeof shapes;

/** Bodies to post, one after the other, and how to read an answer; null where answers are not compared. */
export type Requests = {
  bodies: string[];
  read: ((json: unknown) => Answer) | null;
  /** Where not the usual one is to be sent. */
  apiKey?: string;
};

/** How a server is asked for each shape that it serves, once it listens at `url`. */
export type Dialect = Partial<Record<ShapeName, (bench: Bench, url: string) => Requests | Promise<Requests>>>;

export const pageSize = 20;
/** `one` goes round so many. */
const oneOf = 200;

export function conversationId(number: number): string {
  return `conv_${String(number).padStart(26, '0')}`;
}

/** The newest is number 1. */
export function idsOfOne(bench: Bench): string[] {
  return Array.from({ length: oneOf }, (_, index) =>
    conversationId(1 + Math.floor((index * bench.conversations) / oneOf)),
  );
}

/** The last conversation before the deep page. */
export function deepNumber(bench: Bench): number {
  return Math.floor(bench.conversations * 0.8);
}

/** When the n-th conversation was made, as the seed has it. */
export function createdAt(number: number): string {
  return new Date(Date.UTC(2026, 10, 1) - number * 60_000).toISOString();
}

export const upstreamId = 'up_00000000000000000000000001';

export const newConversation = {
  title: 'What does the Pro plan cost?',
  messages: [
    { role: 'USER', content: 'What does the Pro plan cost, and can we add seats in the middle of a month?' },
    {
      role: 'ASSISTANT',
      content: '19 euros a month. Seats can be added at any time, and are charged from that day on.',
    },
  ],
} as const;
