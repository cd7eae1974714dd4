import type { GraphQLError } from 'graphql';
import type { Frame } from '../../graphql/events/frame.ts';
import { toWireErrors } from './engine.ts';

/** How a subscription is written into one endless answer. */
export type StreamFormat = {
  contentType: string;
  /** Before the first event; `cursor` is where the stream begins. */
  open(cursor: string): string;
  event(frame: Frame): string;
  /** Keeps what lies between from closing an idle connection. */
  heartbeat(cursor: string): string;
  /** The last word: with the error that ends it, or without one. */
  close(error: GraphQLError | null): string;
};

/**
 * GraphQL over server-sent events, "distinct connections" mode. Each event's id is its cursor, which a browser sends
 * as `Last-Event-ID` when it comes back by itself; an id without an event moves that place on.
 */
export const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  open: (cursor) => `:\n\nid: ${cursor}\n\n`,
  event: ({ cursor, payload }) => `id: ${cursor}\nevent: next\ndata: ${payload}\n\n`,
  heartbeat: (cursor) => `id: ${cursor}\n\n`,
  close: (error) => {
    const last = error === null ? '' : `event: next\ndata: ${JSON.stringify({ errors: toWireErrors([error]) })}\n\n`;
    return `${last}event: complete\ndata:\n\n`;
  },
};

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
  const taken = accept
    .split(',')
    .filter((range) => !/;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i.test(range))
    .join(',');
  if (accept === '' || taken.includes('text/event-stream')) return serverSentEvents;
  if (taken.includes('multipart/mixed')) return multipartSubscription;
  const isJson = /application\/(json|graphql-response\+json)/.test(taken);
  return taken.includes('*/*') && !isJson ? serverSentEvents : null;
}
