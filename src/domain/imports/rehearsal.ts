import { createHash } from 'node:crypto';
import type { ImportedConversation, Rehearsal } from './import-conversation.ts';

/** How many conversations of a file are remembered: those after it are told as if they were new. */
const maxRemembered = 200_000;

/** A rehearsal in which nothing was kept yet: what a file holds twice is not told as new twice. */
export function createRehearsal(): Rehearsal {
  const kept = new Map<string, { count: number; digest: string }>();
  return {
    again: (id, { content, messages }) => {
      const before = kept.get(id);
      const now = { count: messages.length, digest: digestOf(content, messages) };
      if (before === undefined) {
        if (kept.size < maxRemembered) kept.set(id, now);
        return null;
      }
      if (before.digest === now.digest) return 'UNCHANGED';
      if (before.count === 0 || digestOf(content, messages.slice(0, before.count)) !== before.digest)
        return 'DIFFERENT';
      kept.set(id, now);
      return 'EXTENDED';
    },
  };
}

function digestOf(content: string | null, messages: ImportedConversation['messages']): string {
  const said = messages.map((message) => [message.role, message.content]);
  return createHash('sha256')
    .update(JSON.stringify([content, said]))
    .digest('base64');
}
