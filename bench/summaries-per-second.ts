// How many dialogues the extractive summarizer summarises in a second on one core, by processor time; and its memory.
import { createExtractiveSummarizer } from '../src/summarizers/extractive/extractive.ts';
import { messagesOf, readDialogues } from './lib-dialogues.ts';

const ROUNDS = 5;
const MIB = 1024 * 1024;
const never = new AbortController().signal;

const dialogues = readDialogues();
const inputs = dialogues.map((one) => ({ content: null, messages: messagesOf(one, false) }));
const summarizer = createExtractiveSummarizer();
const startMs = performance.now();
const start = process.cpuUsage();
let last = start;
for (let round = 1; round <= ROUNDS; round += 1) {
  const roundStartMs = performance.now();
  for (const input of inputs)
    await summarizer.summarize({ ...input, title: '', language: 'en', style: 'CONCISE' }, never);
  const now = process.cpuUsage();
  // The processor's time, and not the clock's, is the same on a busy machine.
  const cpuSeconds = (now.user + now.system - last.user - last.system) / 1e6;
  const seconds = (performance.now() - roundStartMs) / 1000;
  last = now;
  console.log(
    `round ${round}: ${(inputs.length / cpuSeconds).toFixed(0)} dialogues a second of processor time, ${(inputs.length / seconds).toFixed(0)} by the clock`,
  );
}
const memory = process.memoryUsage();
console.log(
  `${(performance.now() - startMs).toFixed(0)} ms in all; resident ${(memory.rss / MIB).toFixed(0)} MiB, heap ${(memory.heapUsed / MIB).toFixed(0)} MiB`,
);
