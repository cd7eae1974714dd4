import { createHash } from 'node:crypto';

/** Each connection keeps a plan for every name that it was told: 400 of them cost it some MiB. */
const maxNames = 400;
/** A text is named once it has come so often: those of filters that nobody uses twice are not kept. */
const usesBeforeName = 3;
/** Texts that wait for their name; the longest unused one gives way. */
const maxWaiting = 1_000;

/**
 * Names for statements, one set a process and bounded in number: PostgreSQL parses and plans one that has a name once
 * for each connection, not each time.
 */
export type StatementNames = {
  /** The name of a statement; undefined where it is to be sent without. */
  nameOf(text: string): string | undefined;
  /**
   * Forgets the names that a failure was about, which the server does not know or holds an old plan for.
   * @returns whether it was: the statement then goes through when it is sent again
   */
  forgetAfter(err: unknown): boolean;
};

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  const waiting = new Map<string, number>();
  let generation = 0;
  let isUsable = true;

  return {
    nameOf: (text) => {
      if (!isUsable) return undefined;
      const known = names.get(text);
      if (known !== undefined || names.size >= maxNames) return known;
      const uses = (waiting.get(text) ?? 0) + 1;
      waiting.delete(text);
      if (uses >= usesBeforeName) {
        const name = `s${generation}_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
        names.set(text, name);
        return name;
      }
      waiting.set(text, uses);
      const [oldest] = waiting.keys();
      if (waiting.size > maxWaiting && oldest !== undefined) waiting.delete(oldest);
      return undefined;
    },
    forgetAfter: (err) => {
      const cause = causeOf(err);
      if (cause === 'LOST') isUsable = false;
      if (cause === 'CHANGED') {
        generation++;
        names.clear();
      }
      return cause !== null;
    },
  };
}

/**
 * LOST: a pooler between here and the server gives one connection to many, which do not know one another's names
 * (26000, 42P05). CHANGED: a migration changed what the statement gives, and its plan is of before (0A000).
 */
function causeOf(err: unknown): 'LOST' | 'CHANGED' | null {
  if (!(err instanceof Error)) return null;
  const text = `${'code' in err ? String(err.code) : ''} ${err.message}`;
  if (/\b26000\b|\b42P05\b|prepared statement "[^"]*" (?:does not exist|already exists)/.test(text)) return 'LOST';
  return /cached plan must not change result type/.test(text) ? 'CHANGED' : null;
}
