/**
 * How far memory grows while an export is written: `node --expose-gc bench/export-memory.ts [conversations] [format…]`.
 * Prints, for each format, the time, the size, and the growth of the heap with its buffers (at its most after a
 * collection) and of the whole process, over what they were once the writer had written 100 conversations. The
 * process grows by what V8 lets its young generation grow to under any steady work; with `--optimize-for-size` as well,
 * it shows what the writers themselves take.
 */
import { writeAnimamCsv, writeCsv } from '../src/exports/csv.ts';
import { writeJson, writeJsonl } from '../src/exports/json.ts';
import { writePdf } from '../src/exports/pdf/pdf.ts';
import type { ExportedConversation, ExportWriter } from '../src/exports/records.ts';
import { writeZip } from '../src/exports/zip.ts';
import { exportedConversation, exportMeta, streamOf } from '../test/testkit/files/export-records.ts';

const MIB = 1024 * 1024;
const MEASURE_EVERY = 500;

const WRITERS: Record<string, ExportWriter> = {
  csv: (conversations) => writeCsv(conversations),
  'animam-csv': (conversations) => writeAnimamCsv(conversations),
  json: writeJson,
  jsonl: (conversations) => writeJsonl(conversations),
  pdf: writePdf,
  zip: (conversations, meta) =>
    writeZip(
      { name: 'conversations.json', createdAt: meta.createdAt, stream: writeJson(conversations, meta) },
      streamOf([]),
    ),
};

const [countText = '20000', ...chosen] = process.argv.slice(2);
const count = Number(countText);
const collect = globalThis.gc;
if (!collect) throw new Error('Run it with --expose-gc');

for (const [format, write] of Object.entries(WRITERS)) {
  if (chosen.length > 0 && !chosen.includes(format)) continue;
  await run(write, 100);
  const { seconds, sizeBytes, heapBytes, residentBytes, longestTurnMs } = await run(write, count);
  console.log(
    `${format.padEnd(10)} ${count} conversations: ${seconds.toFixed(1)} s, ${(sizeBytes / MIB).toFixed(1)} MiB, ` +
      `heap +${(heapBytes / MIB).toFixed(1)} MiB, resident +${(residentBytes / MIB).toFixed(1)} MiB, ` +
      `event loop held ${longestTurnMs.toFixed(0)} ms at most`,
  );
}

async function run(write: ExportWriter, conversations: number) {
  let peakHeap = 0;
  let peakResident = 0;
  const measure = (): void => {
    collect?.();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    peakHeap = Math.max(peakHeap, heapUsed + arrayBuffers);
    peakResident = Math.max(peakResident, rss);
  };
  async function* source(): AsyncGenerator<ExportedConversation> {
    for (let number = 0; number < conversations; number += 1) {
      if (number % MEASURE_EVERY === 0) {
        measure();
        lastTurn = performance.now();
      }
      yield exportedConversation(number);
    }
  }
  measure();
  const before = { heap: peakHeap, resident: peakResident };
  let lastTurn = performance.now();
  let longestTurnMs = 0;
  const timer = setInterval(() => {
    longestTurnMs = Math.max(longestTurnMs, performance.now() - lastTurn - 1);
    lastTurn = performance.now();
  }, 1);
  const startedAt = performance.now();
  let sizeBytes = 0;
  for await (const chunk of write(source(), exportMeta)) sizeBytes += chunk.byteLength;
  clearInterval(timer);
  measure();
  return {
    seconds: (performance.now() - startedAt) / 1000,
    sizeBytes,
    heapBytes: peakHeap - before.heap,
    residentBytes: peakResident - before.resident,
    longestTurnMs,
  };
}
