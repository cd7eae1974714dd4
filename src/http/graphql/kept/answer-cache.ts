import type { Standing } from '../../../domain/standing.ts';
import type { Involved } from '../../../graphql/sources.ts';

/** The answer to a query, without what is told anew each time it is sent. */
export type KeptAnswer = {
  /** Its `data`, as JSON. */
  readonly data: Buffer;
  readonly involved: Involved;
  readonly contentType: string;
  readonly operationName: string | undefined;
  readonly cost: number;
};

/** Answers in a memory of so many bytes: those asked for longest ago go first. */
export type AnswerCache = {
  /** Null where there is none, or where the tenant has moved on since. */
  find(key: string, standing: Standing): KeptAnswer | null;
  keep(key: string, standing: Standing, answer: KeptAnswer): void;
  readonly bytes: number;
};

/** Of the keys, the objects and the lists of them. */
const bytesBeside = 600;
/** No answer takes more of the memory: one that does is not worth all others. */
const largestShare = 8;

type Entry = { answer: KeptAnswer; logHead: bigint; upstreamIds: string; bytes: number };

export function createAnswerCache(maxBytes: number): AnswerCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    find: (key, standing) => {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      // The last ones of a map are those that were put there last.
      entries.delete(key);
      if (entry.logHead !== standing.logHead || entry.upstreamIds !== idsOf(standing)) {
        bytes -= entry.bytes;
        return null;
      }
      entries.set(key, entry);
      return entry.answer;
    },
    keep: (key, standing, answer) => {
      const size = answer.data.byteLength + bytesBeside;
      drop(key);
      if (size > maxBytes / largestShare) return;
      entries.set(key, { answer, logHead: standing.logHead, upstreamIds: idsOf(standing), bytes: size });
      bytes += size;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    get bytes() {
      return bytes;
    },
  };
}

/** An upstream that is being disconnected leaves this list before any event tells of its conversations. */
function idsOf({ upstreams }: Standing): string {
  return upstreams.length === 0 ? '' : upstreams.map(({ id }) => id).join();
}
