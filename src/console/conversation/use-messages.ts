import { useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { explainError } from '../client/words.ts';
import { MessagesDocument, type MessagesQuery } from '../generated/documents.ts';

const pageSize = 100;

export type Message = NonNullable<MessagesQuery['conversation']>['messages']['nodes'][number];

type Loaded = { messages: readonly Message[]; cursor: string | null; hasMore: boolean };

const none: Loaded = { messages: [], cursor: null, hasMore: true };

export type Messages = {
  messages: readonly Message[];
  hasMore: boolean;
  isLoading: boolean;
  problem: string | null;
  loadMore(): Promise<void>;
  /** Loads until the message at a position is there. */
  loadUntil(position: number): Promise<void>;
};

/**
 * A conversation's messages, a page at a time. `version` changes when they may have: as many as were there are then
 * read anew, while the old ones stay on the screen.
 */
export function useMessages(id: string, version: string): Messages {
  const { lists } = useData();
  const [loaded, setLoaded] = useState<Loaded>(none);
  const [isLoading, setIsLoading] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(loaded);
  const run = useRef(0);

  const read = useCallback(
    async (from: Loaded, isEnough: (loaded: Loaded) => boolean) => {
      const mine = ++run.current;
      setIsLoading(true);
      let next = from;
      while (next.hasMore && !isEnough(next)) {
        const result = await lists.query(MessagesDocument, { id, first: pageSize, after: next.cursor }).toPromise();
        if (mine !== run.current) return;
        const page = result.data?.conversation?.messages;
        if (page === undefined) {
          setProblem(result.error === undefined ? null : explainError(result.error));
          setIsLoading(false);
          return;
        }
        next = {
          messages: [...next.messages, ...page.nodes],
          cursor: page.pageInfo.endCursor ?? next.cursor,
          hasMore: page.pageInfo.hasNextPage,
        };
      }
      setProblem(null);
      setIsLoading(false);
      latest.current = next;
      setLoaded(next);
    },
    [lists, id],
  );

  // Another version is read from its beginning
  useEffect(() => {
    const atLeast = latest.current.messages.length;
    void read(none, ({ messages }) => messages.length > 0 && messages.length >= atLeast);
  }, [read, version]);

  const loadMore = useCallback(() => {
    const before = latest.current.messages.length;
    return read(latest.current, ({ messages }) => messages.length > before);
  }, [read]);
  const loadUntil = useCallback(
    async (position: number) => {
      if (latest.current.messages.some((each) => each.position === position)) return;
      await read(latest.current, ({ messages }) => messages.some((each) => each.position === position));
    },
    [read],
  );
  return { messages: loaded.messages, hasMore: loaded.hasMore, isLoading, problem, loadMore, loadUntil };
}
