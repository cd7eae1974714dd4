import type { GraphQLError } from 'graphql';
import type { Frame } from '../../graphql/events/frame.ts';
import { toWireErrors } from './engine.ts';

/** How a subscription is written into one endless answer. */
export type StreamFormat = {
  contentType: string;
  /** Before the first event; `cursor` is where the stream begins, where there is such a place. */
  open(cursor: string | null): string;
  event(frame: Frame): string;
  /** Keeps what lies between from closing an idle connection. */
  heartbeat(cursor: string | null): string;
  /** The last word: with the error that ends it, or without one. */
  close(error: GraphQLError | null): string;
};

/**
 * GraphQL over server-sent events, "distinct connections" mode. Each event's id is its cursor, which a browser sends
 * as `Last-Event-ID` when it comes back by itself; an id without an event moves that place on.
 */
export const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  open: (cursor) => `:\n\n${placeOf(cursor)}`,
  event: ({ cursor, payload }) => `id: ${cursor}\nevent: next\ndata: ${payload}\n\n`,
  heartbeat: (cursor) => placeOf(cursor) || ':\n\n',
  close: (error) => {
    const last = error === null ? '' : `event: next\ndata: ${JSON.stringify({ errors: toWireErrors([error]) })}\n\n`;
    return `${last}event: complete\ndata:\n\n`;
  },
};

const placeOf = (cursor: string | null) => (cursor === null ? '' : `id: ${cursor}\n\n`);

const boundary = 'graphql';
/** A part is whole for its reader once the next boundary has come. */
const part = (json: string) => `\r\nContent-Type: application/json\r\n\r\n${json}\r\n--${boundary}`;

/** Apollo's multipart protocol for subscriptions, which its HttpLink speaks: `subscriptionSpec=1.0`. */
export const multipartSubscription: StreamFormat = {
  contentType: `multipart/mixed; boundary="${boundary}"; subscriptionSpec=1.0`,
  open: () => `\r\n--${boundary}`,
  event: ({ payload }) => part(`{"payload":${payload}}`),
  heartbeat: () => part('{}'),
  close: (error) => {
    const last = error === null ? '' : part(JSON.stringify({ payload: null, errors: toWireErrors([error]) }));
    return `${last}--\r\n`;
  },
};

/** The format that a request accepts for an endless answer; null where it takes none. */
export function streamFormatFor(accept: string): StreamFormat | null {
  if (accept === '') return serverSentEvents;
  const { taken, refused } = acceptedTypes(accept);
  if (taken.has('text/event-stream')) return serverSentEvents;
  if (taken.has('multipart/mixed')) return multipartSubscription;
  const isJson = taken.has('application/json') || taken.has('application/graphql-response+json');
  return taken.has('*/*') && !isJson && !refused.has('text/event-stream') ? serverSentEvents : null;
}

const served = ['application/graphql-response+json', 'application/json', 'text/event-stream', 'multipart/mixed'];
const servedRanges = new Set(['*/*', ...served, ...served.map((type) => `${type.split('/', 1)[0]}/*`)]);

/** What a request accepts of what is served is none of it: in words, to be told before anything is run; else null. */
export function notAcceptable(accept: string): string | null {
  if (accept.trim() === '' || [...acceptedTypes(accept).taken].some((type) => servedRanges.has(type))) return null;
  return `Nothing that is accepted is served here: send \`Accept\` with one of ${served.join(', ')}`;
}

const never = /;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/;

function acceptedTypes(accept: string): { taken: ReadonlySet<string>; refused: ReadonlySet<string> } {
  const ranges = accept.toLowerCase().split(',');
  const typesOf = (some: readonly string[]) => new Set(some.map((range) => range.split(';', 1)[0]?.trim() ?? ''));
  const refused = typesOf(ranges.filter((range) => never.test(range)));
  return { taken: typesOf(ranges.filter((range) => !never.test(range))).difference(refused), refused };
}
