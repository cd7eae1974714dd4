// ROUGE-1 of the extractive summarizer on dialogues that people have summarised, beside three ways to choose whole turns.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { createExtractiveSummarizer } from '../src/summarizers/extractive/extractive.ts';
import type { SummaryInput, SummaryMessage } from '../src/summarizers/summarizer.ts';
import { oracleTurns, type Rouge, rouge1, rougeWords } from './lib-rouge.ts';

const DEFAULT_PATH = '../shared/data/dialogsum.dev.jsonl';
const Row = z.object({ fname: z.string(), dialogue: z.string(), summary: z.string() });
type Row = z.infer<typeof Row>;
type System = { name: string; summarize: (row: Row) => string | Promise<string> };
type Figures = Rouge & { words: number; mostWords: number; ms: number };

const summarizer = createExtractiveSummarizer();
const never = new AbortController().signal;

async function ours(input: Pick<SummaryInput, 'content' | 'messages'>): Promise<string> {
  const draft = await summarizer.summarize({ ...input, title: '', language: 'en', style: 'CONCISE' }, never);
  return draft.content;
}

function messagesOf(row: Row, isTagged: boolean): SummaryMessage[] {
  const turns = row.dialogue.split('\n');
  const first = /^#Person\d+#/.exec(turns[0] ?? '')?.[0];
  return turns.map((turn, at) => ({
    id: `msg_${at}`,
    role: first !== undefined && turn.startsWith(first) ? 'USER' : 'ASSISTANT',
    content: isTagged ? turn : turn.replace(/^#Person\d+#:\s*/, ''),
  }));
}

const SYSTEMS: System[] = [
  { name: 'first three turns', summarize: (row) => row.dialogue.split('\n').slice(0, 3).join('\n') },
  {
    name: 'three longest turns',
    summarize: (row) =>
      row.dialogue
        .split('\n')
        .toSorted((a, b) => b.length - a.length)
        .slice(0, 3)
        .join('\n'),
  },
  {
    name: 'best three turns (oracle)',
    summarize: (row) => oracleTurns(row.dialogue.split('\n'), rougeWords(row.summary), 3).join('\n'),
  },
  { name: 'extractive, content', summarize: (row) => ours({ content: row.dialogue, messages: [] }) },
  { name: 'extractive, tagged messages', summarize: (row) => ours({ content: null, messages: messagesOf(row, true) }) },
  { name: 'extractive, bare messages', summarize: (row) => ours({ content: null, messages: messagesOf(row, false) }) },
];

async function measure(system: System, rows: readonly Row[]): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const row of rows) {
    const start = performance.now();
    const summary = await system.summarize(row);
    const ms = performance.now() - start;
    const words = rougeWords(summary);
    figures.push({ ...rouge1(words, rougeWords(row.summary)), words: words.length, mostWords: words.length, ms });
  }
  return figures;
}

function mean(figures: readonly Figures[], key: keyof Figures): number {
  return figures.reduce((sum, one) => sum + one[key], 0) / Math.max(1, figures.length);
}

function readRows(path: string): Row[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Row.parse(JSON.parse(line)));
}

const path = resolve(process.argv[2] ?? resolve(import.meta.dirname, '..', DEFAULT_PATH));
if (existsSync(path)) {
  const rows = readRows(path);
  const percent = (value: number): string => (value * 100).toFixed(1);
  const table: Record<string, Record<string, string>> = {};
  for (const system of SYSTEMS) {
    const figures = await measure(system, rows);
    // Summaries are read, and rules mended, on the odd half (1st, 3rd, …); the even half only shows whether that carries over.
    const odd = figures.filter((_, at) => at % 2 === 0);
    const even = figures.filter((_, at) => at % 2 === 1);
    table[system.name] = {
      P: percent(mean(figures, 'precision')),
      R: percent(mean(figures, 'recall')),
      F1: percent(mean(figures, 'f1')),
      'F1 odd (development)': percent(mean(odd, 'f1')),
      'F1 even (check)': percent(mean(even, 'f1')),
      words: mean(figures, 'words').toFixed(1),
      'most words': String(Math.max(...figures.map((one) => one.mostWords))),
      'ms/dialogue': mean(figures, 'ms').toFixed(2),
    };
  }
  console.log(
    `ROUGE-1 on ${rows.length} dialogues; words are [a-z0-9]+ in lower case, speaker tags counted, no stemming`,
  );
  console.table(table);
} else {
  console.log(`${path} is not there: give the path of a JSON Lines file with fname, dialogue and summary.`);
}
