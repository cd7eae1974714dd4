// ROUGE-1, ROUGE-2 and ROUGE-L of the extractive summarizer on dialogues that people have summarised, beside ways to
// choose whole turns.
import { createExtractiveSummarizer } from '../src/summarizers/extractive/extractive.ts';
import type { SummaryInput } from '../src/summarizers/summarizer.ts';
import { bareTurns, type Dialogue, messagesOf, readDialogues } from './lib-dialogues.ts';
import { oracleTurns, rouge1, rouge2, rougeL, rougeWords } from './lib-rouge.ts';

type System = { name: string; summarize: (dialogue: Dialogue) => string | Promise<string> };
type Figures = { precision: number; recall: number; rouge1: number; rouge2: number; rougeL: number; words: number };

const summarizer = createExtractiveSummarizer();
const never = new AbortController().signal;

async function ours(input: Pick<SummaryInput, 'content' | 'messages'>): Promise<string> {
  const draft = await summarizer.summarize({ ...input, title: '', language: 'en', style: 'CONCISE' }, never);
  return draft.content;
}

const TURNS = 3;
const WAYS_TO_CHOOSE: [name: string, choose: (turns: string[], dialogue: Dialogue) => string[]][] = [
  ['first three turns (LEAD-3)', (turns) => turns.slice(0, TURNS)],
  ['three longest turns', (turns) => turns.toSorted((a, b) => b.length - a.length).slice(0, TURNS)],
  ['best three turns (oracle)', (turns, { summary }) => oracleTurns(turns, rougeWords(summary), TURNS)],
];
const SYSTEMS: System[] = [
  ...WAYS_TO_CHOOSE.map(([name, choose]) => ({
    name,
    summarize: (one: Dialogue) => choose(one.dialogue.split('\n'), one).join('\n'),
  })),
  { name: 'extractive, content', summarize: (one) => ours({ content: one.dialogue, messages: [] }) },
  { name: 'extractive, tagged messages', summarize: (one) => ours({ content: null, messages: messagesOf(one, true) }) },
  ...WAYS_TO_CHOOSE.map(([name, choose]) => ({
    name: `bare: ${name}`,
    summarize: (one: Dialogue) => choose(bareTurns(one), one).join('\n'),
  })),
  { name: 'bare: extractive, messages', summarize: (one) => ours({ content: null, messages: messagesOf(one, false) }) },
];

async function measure(system: System, dialogues: readonly Dialogue[]): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const dialogue of dialogues) {
    const words = rougeWords(await system.summarize(dialogue));
    const reference = rougeWords(dialogue.summary);
    const { precision, recall, f1 } = rouge1(words, reference);
    figures.push({
      precision,
      recall,
      rouge1: f1,
      rouge2: rouge2(words, reference).f1,
      rougeL: rougeL(words, reference).f1,
      words: words.length,
    });
  }
  return figures;
}

function mean(figures: readonly Figures[], key: keyof Figures): number {
  return figures.reduce((sum, one) => sum + one[key], 0) / Math.max(1, figures.length);
}

const dialogues = readDialogues();
const percent = (value: number): string => (value * 100).toFixed(1);
const table: Record<string, Record<string, string>> = {};
for (const system of SYSTEMS) {
  const figures = await measure(system, dialogues);
  // Summaries are read, and rules mended, on the odd half (1st, 3rd, …); the even half only shows whether that carries over.
  const odd = figures.filter((_, at) => at % 2 === 0);
  const even = figures.filter((_, at) => at % 2 === 1);
  table[system.name] = {
    P: percent(mean(figures, 'precision')),
    R: percent(mean(figures, 'recall')),
    'R-1': percent(mean(figures, 'rouge1')),
    'R-1 odd (development)': percent(mean(odd, 'rouge1')),
    'R-1 even (check)': percent(mean(even, 'rouge1')),
    'R-2': percent(mean(figures, 'rouge2')),
    'R-L': percent(mean(figures, 'rougeL')),
    words: mean(figures, 'words').toFixed(1),
    'most words': String(Math.max(...figures.map((one) => one.words))),
  };
}
console.log(
  `ROUGE on ${dialogues.length} dialogues: precision and recall of single words, then F1. Words are [a-z0-9]+ in lower
case, speaker tags counted, no stemming. "bare": neither the turns nor the summarizer are told the speakers' tags.`,
);
console.table(table);
