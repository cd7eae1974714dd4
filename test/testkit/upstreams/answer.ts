import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came in. `status` and `bytesSent` are filled while it is answered. */
export type SeenRequest = {
  readonly method: string;
  /** Without the query; percent-escapes as sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The body as UTF-8. */
  readonly body: string;
  readonly bytes: Buffer;
  readonly at: Date;
  /** Null until an answer has begun, and for ever where the connection was reset before one. */
  status: number | null;
  /** Bytes of the answer's body handed to the socket. */
  bytesSent: number;
  /** The client went away before the answer was whole. */
  isCutOff: boolean;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
};

/** How a list is to be read out; faults change it. */
export type Listing = {
  arrange<T>(items: readonly T[]): readonly T[];
  /** The page whose items are shown where that page was asked for. */
  pageShown(asked: number): number;
};

/** Thrown by a handler to give that answer. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `2024-01-01T00:00:00Z`: both APIs' times have no fractions. */
export function toSecond(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export type Call = { readonly request: SeenRequest; readonly listing: Listing };
export type Handle = (call: Call, ...params: string[]) => Answer | Promise<Answer>;

/**
 * Routes are written `GET /conversations/:id`; the first that fits answers, with its `:` parts in order.
 * `allow` lists the methods of a known path that was asked with another.
 */
export function createRouter(
  routes: Readonly<Record<string, Handle>>,
  refuse: { notFound(): Answer; notAllowed(allow: string): Answer },
): (call: Call, path: string) => Answer | Promise<Answer> {
  const table = Object.entries(routes).map(([key, handle]) => {
    const [method = '', pattern = ''] = key.split(' ');
    return { method, parts: pattern.split('/'), handle };
  });
  return (call, path) => {
    const asked = path.split('/');
    const fitting = table.flatMap((route) => {
      const params = paramsOf(route.parts, asked);
      return params ? [{ ...route, params }] : [];
    });
    const route = fitting.find(({ method }) => method === call.request.method);
    if (route) return route.handle(call, ...route.params);
    if (fitting.length === 0) return refuse.notFound();
    return refuse.notAllowed([...new Set(fitting.map(({ method }) => method))].join(', '));
  };
}

function paramsOf(pattern: readonly string[], asked: readonly string[]): string[] | null {
  if (pattern.length !== asked.length) return null;
  const params: string[] = [];
  for (const [index, part] of pattern.entries()) {
    const given = asked[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== given) return null;
      continue;
    }
    if (given === '') return null;
    try {
      params.push(decodeURIComponent(given));
    } catch {
      return null;
    }
  }
  return params;
}
