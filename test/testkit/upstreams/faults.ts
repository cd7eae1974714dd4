import { type Answer, isRecord, type Listing, type SeenRequest } from './answer.ts';
import { shuffled } from './random.ts';

export type Malformation = 'missing-id' | 'wrong-types' | 'extra-fields' | 'bad-times' | 'null' | 'not-an-object';

export type FaultAnswer =
  /** Refuses without effect, in the API's own error words unless `body` is given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Sent as `Retry-After`: seconds, or an HTTP date. */
      readonly retryAfter?: number | string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The API's answer to an expired key: 401 at AI My Chats, 403 at Animam. */
  | { readonly kind: 'expired-key' }
  /** 200 and a web page, without effect. */
  | { readonly kind: 'html' }
  /** The connection is reset, without effect and without an answer. */
  | { readonly kind: 'reset' }
  /** The request takes effect, then the connection is reset without an answer. */
  | { readonly kind: 'commit-then-reset' }
  /** No effect and no answer; the connection stays open. */
  | { readonly kind: 'hang' }
  /** 200 and JSON that never ends (2 GiB at most), without effect; 1 KiB every `everyMs`, or as fast as it is read. */
  | { readonly kind: 'endless'; readonly everyMs?: number }
  /**
   * The true answer, late. It is made `before` the wait (default: so a write has happened) or `after` it (so nothing has,
   * and nothing will where the client leaves meanwhile).
   */
  | { readonly kind: 'slow'; readonly delayMs: number; readonly made?: 'before' | 'after' }
  /** The true answer, so many bytes (default 1) every `everyMs`. */
  | { readonly kind: 'dribble'; readonly everyMs: number; readonly bytes?: number }
  /**
   * The first half of the true answer: with the whole length announced and then a closed connection (`closed`, default),
   * or as if that half were all (`cut`).
   */
  | { readonly kind: 'truncated'; readonly how?: 'closed' | 'cut' }
  /**
   * Lists come in an order of no meaning: the same for all requests, so the pages together are whole; or another each
   * time (`perRequest`), so items come twice and others not at all.
   */
  | { readonly kind: 'shuffled-pages'; readonly seed?: number; readonly perRequest?: boolean }
  /** Page n (2 and on) shows the items of page n-1; or every page those of `page`. Numbers and totals stay as asked. */
  | { readonly kind: 'repeated-pages'; readonly page?: number }
  /** Items of lists, and single conversations, are spoilt: those with these ids, or all; each `how` in turn. */
  | {
      readonly kind: 'malformed-items';
      readonly ids?: readonly string[];
      readonly how?: Malformation | readonly Malformation[];
    }
  /** The true answer's JSON, changed. */
  | { readonly kind: 'edit-answer'; readonly edit: (body: unknown, request: SeenRequest) => unknown };

export type Fault = {
  readonly method?: string;
  /** A string fits the end of the path (`/conversations`), an expression any part of it. */
  readonly path?: string | RegExp;
  readonly when?: (request: SeenRequest) => boolean;
  /** From the nth fitting request on, counted from 1; only that one where `times` is not given. */
  readonly nth?: number;
  /** For so many fitting requests; without `nth` and `times`, until cleared. */
  readonly times?: number;
  readonly answer: FaultAnswer;
};

export type ScriptedFault = {
  /** How many requests it has struck. */
  readonly hits: number;
  clear(): void;
};

export type FaultBook = {
  script(fault: Fault): ScriptedFault;
  /** Counts the request with every fault that it fits, and gives those that strike, oldest first. */
  striking(request: SeenRequest): FaultAnswer[];
  clear(): void;
};

export function createFaultBook(): FaultBook {
  const scripted = new Set<{ readonly fault: Fault; seen: number; hits: number }>();
  return {
    script(fault) {
      const entry = { fault, seen: 0, hits: 0 };
      scripted.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        clear: () => void scripted.delete(entry),
      };
    },
    striking(request) {
      const answers: FaultAnswer[] = [];
      for (const entry of scripted) {
        const { fault } = entry;
        if (!fits(fault, request)) continue;
        entry.seen++;
        const from = fault.nth ?? 1;
        const times = fault.times ?? (fault.nth === undefined ? Number.POSITIVE_INFINITY : 1);
        if (entry.seen < from || entry.seen >= from + times) continue;
        entry.hits++;
        answers.push(fault.answer);
      }
      return answers;
    },
    clear: () => scripted.clear(),
  };
}

function fits({ method, path, when }: Fault, request: SeenRequest): boolean {
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (typeof path === 'string' && !request.path.endsWith(path)) return false;
  // search() starts at the beginning whatever `lastIndex` a shared expression has.
  if (path instanceof RegExp && request.path.search(path) === -1) return false;
  return when === undefined || when(request);
}

/** How lists are read out under these faults. `requestNumber` tells requests apart for orders that change. */
export function listingUnder(faults: readonly FaultAnswer[], requestNumber: number): Listing {
  return {
    arrange<T>(items: readonly T[]): readonly T[] {
      let arranged = items;
      for (const fault of faults) {
        if (fault.kind !== 'shuffled-pages') continue;
        arranged = shuffled(arranged, (fault.seed ?? 1) + (fault.perRequest === true ? requestNumber : 0));
      }
      return arranged;
    },
    pageShown(asked) {
      let shown = asked;
      for (const fault of faults) {
        if (fault.kind === 'repeated-pages') shown = fault.page ?? Math.max(1, shown - 1);
      }
      return shown;
    },
  };
}

/** The answer as these faults spoil its JSON; answers of another kind, and errors, stay as they are. */
export function spoil(answer: Answer, faults: readonly FaultAnswer[], request: SeenRequest): Answer {
  let spoilt = answer;
  for (const fault of faults) {
    if (fault.kind !== 'malformed-items' && fault.kind !== 'edit-answer') continue;
    if (!/json/.test(spoilt.headers['Content-Type'] ?? '') || spoilt.status >= 400) continue;
    const body: unknown = JSON.parse(spoilt.body.toString());
    const changed = fault.kind === 'edit-answer' ? fault.edit(body, request) : malformBody(body, fault);
    spoilt = { ...spoilt, body: JSON.stringify(changed) ?? '' };
  }
  return spoilt;
}

const EVERY_MALFORMATION: readonly Malformation[] = [
  'missing-id',
  'wrong-types',
  'extra-fields',
  'bad-times',
  'null',
  'not-an-object',
];

function malformBody(body: unknown, fault: Extract<FaultAnswer, { kind: 'malformed-items' }>): unknown {
  const hows = fault.how === undefined ? EVERY_MALFORMATION : [fault.how].flat();
  let struck = 0;
  const spoilOne = (item: unknown): unknown => {
    if (!isRecord(item)) return item;
    if (fault.ids && !(typeof item['id'] === 'string' && fault.ids.includes(item['id']))) return item;
    const how = hows[struck++ % hows.length];
    return how === undefined ? item : malformItem(item, how);
  };
  if (!isRecord(body)) return body;
  for (const key of ['data', 'conversations']) {
    const items = body[key];
    if (Array.isArray(items)) return { ...body, [key]: items.map(spoilOne) };
  }
  return 'id' in body && ('messages' in body || 'content' in body) ? spoilOne(body) : body;
}

function malformItem(item: Record<string, unknown>, how: Malformation): unknown {
  const entries = Object.entries(item);
  switch (how) {
    case 'missing-id':
      return Object.fromEntries(entries.filter(([key]) => key !== 'id'));
    case 'wrong-types':
      return Object.fromEntries(entries.map(([key, value]) => [key, key === 'id' ? value : wrongType(value)]));
    case 'extra-fields':
      return { ...item, unheard_of: { deep: [{ er: true }] }, priority: 3, labels: ['a', 'b'] };
    case 'bad-times':
      return Object.fromEntries(entries.map(([key, value]) => [key, /(_at|At)$/.test(key) ? 'yesterday' : value]));
    case 'null':
      return null;
    case 'not-an-object':
      return 'conversation';
  }
}

function wrongType(value: unknown): unknown {
  if (typeof value === 'string') return { not: 'a text' };
  if (typeof value === 'number') return 'seven';
  if (Array.isArray(value)) return { 0: 'not a list' };
  return ['not what the page says'];
}
