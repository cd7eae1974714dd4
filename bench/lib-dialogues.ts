import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { SummaryMessage } from '../src/summarizers/summarizer.ts';

const DEFAULT_PATH = '../shared/data/dialogsum.dev.jsonl';
const Dialogue = z.object({ fname: z.string(), dialogue: z.string(), summary: z.string() });

/** A dialogue of lines that start with `#Person1#: ` or another tag, with a person's summary of it. */
export type Dialogue = z.infer<typeof Dialogue>;

/** The dialogues of the JSON Lines file that the first argument names; says so and ends the process where it is not there. */
export function readDialogues(): Dialogue[] {
  const path = resolve(process.argv[2] ?? resolve(import.meta.dirname, '..', DEFAULT_PATH));
  if (!existsSync(path)) {
    console.error(`${path} is not there: give the path of a JSON Lines file with fname, dialogue and summary.`);
    process.exit(1);
  }
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Dialogue.parse(JSON.parse(line)));
}

/** What was said, without who said it. */
export function bareTurns(dialogue: Dialogue): string[] {
  return dialogue.dialogue.split('\n').map((turn) => turn.replace(/^#Person\d+#:\s*/, ''));
}

/** The dialogue as messages of a user (who speaks first) and an assistant, with the tags in their texts or without. */
export function messagesOf(dialogue: Dialogue, isTagged: boolean): SummaryMessage[] {
  const turns = dialogue.dialogue.split('\n');
  const bare = bareTurns(dialogue);
  const first = /^#Person\d+#/.exec(turns[0] ?? '')?.[0];
  return turns.map((turn, at) => ({
    id: `msg_${at}`,
    role: first !== undefined && turn.startsWith(first) ? 'USER' : 'ASSISTANT',
    content: isTagged ? turn : (bare[at] ?? ''),
  }));
}
