/**
 * How far a worker's memory grows while it makes an export from the database to the storage:
 * `node --expose-gc bench/export-gateway-memory.ts [conversations] [format…]`, formats being `CSV JSON JSONL PDF` and
 * `ZIP` (JSON with a file for every hundredth conversation). On the PostgreSQL server of TEST_DATABASE_URL; without it on
 * the embedded database, whose own memory is then part of the process.
 *
 * Prints, for each format, the time without that of measuring, the size, and the growth of the heap with its buffers (at its most after a
 * collection) and of the whole process, over what they were once 2,000 conversations had been exported as the same.
 * The process grows by what V8 lets its young generation grow to under any steady work; with
 * `--max-semi-space-size=4` as well, it shows what the export itself takes.
 */
import { pino } from 'pino';
import { systemCaller } from '../src/domain/caller.ts';
import { createExport, loadExports } from '../src/domain/exports/exports.ts';
import { createRunExportHandler } from '../src/jobs/run-export.ts';
import { newId } from '../src/lib/id.ts';
import { streamOf } from '../test/testkit/files/export-records.ts';
import { addTenant, startGateway } from '../test/testkit/gateway.ts';
import { seedConversations } from '../test/testkit/seed-conversations.ts';

const MIB = 1_048_576;
const SAMPLE_MS = 500;
const FORMATS = ['CSV', 'JSON', 'JSONL', 'PDF', 'ZIP'] as const;
type Format = (typeof FORMATS)[number];

const [countText = '20000', ...chosen] = process.argv.slice(2);
const count = Number(countText);
const collect = globalThis.gc;
if (!collect) throw new Error('Run it with --expose-gc');

const database = process.env['TEST_DATABASE_URL'] === undefined ? 'pglite' : 'postgres';
// As a process that only serves: the exports are run here, one by one.
await using gateway = await startGateway({
  database,
  env: { ROLE: 'web', STORAGE_LIMIT_MB: '0' },
  log: pino({ level: 'warn' }),
});
const { app } = gateway;
const { tenantId: warmTenantId } = await addTenant(gateway, 'warm');
await seed(gateway.tenantId, count);
await seed(warmTenantId, 2_000);
await app.database.prisma.$executeRawUnsafe('ANALYZE');
const run = createRunExportHandler(app);

for (const format of FORMATS) {
  if (chosen.length > 0 && !chosen.includes(format)) continue;
  await make(warmTenantId, format);
  const { seconds, sizeBytes, heapBytes, residentBytes } = await make(gateway.tenantId, format);
  console.log(
    `${format.padEnd(5)} on ${database}, ${count} conversations: ${seconds.toFixed(1)} s, ` +
      `${(sizeBytes / MIB).toFixed(1)} MiB, heap +${(heapBytes / MIB).toFixed(1)} MiB, ` +
      `resident +${(residentBytes / MIB).toFixed(1)} MiB`,
  );
}

async function seed(tenantId: string, conversations: number): Promise<void> {
  await seedConversations(app, tenantId, conversations);
  const bytes = new Uint8Array(200_000);
  for (let number = 100; number <= conversations; number += 100) {
    const conversationId = `conv_${String(number).padStart(26, '0')}`;
    const id = newId('attachment');
    const storageKey = `${tenantId}/${conversationId}/${id}`;
    await app.storage.put(storageKey, streamOf([bytes]), { signal: new AbortController().signal });
    const data = { filename: 'notes.bin', sizeBytes: BigInt(bytes.byteLength), mimeType: 'application/octet-stream' };
    await app.database.prisma.attachment.create({
      data: { tenantId, id, conversationId, storageKey, createdAt: new Date(), ...data },
    });
  }
}

async function make(tenantId: string, format: Format) {
  const caller = systemCaller(app, tenantId);
  const isZip = format === 'ZIP';
  const { id } = await createExport(caller, { format: isZip ? 'JSON' : format, includeAttachments: isZip });
  collect?.();
  const start = process.memoryUsage();
  let heap = 0;
  let resident = 0;
  let measuringMs = 0;
  const measure = () => {
    const since = performance.now();
    collect?.();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    heap = Math.max(heap, heapUsed + arrayBuffers);
    resident = Math.max(resident, rss);
    measuringMs += performance.now() - since;
  };
  const timer = setInterval(measure, SAMPLE_MS);
  const startedAt = performance.now();
  await run({ tenantId, exportId: id }, new AbortController().signal, { isLast: true });
  const seconds = (performance.now() - startedAt - measuringMs) / 1_000;
  clearInterval(timer);
  measure();
  const [row] = await loadExports(caller, [id]);
  if (row?.status !== 'COMPLETED') throw new Error(`the export is ${row?.status}: ${row?.error}`);
  return {
    seconds,
    sizeBytes: Number(row.sizeBytes),
    heapBytes: heap - start.heapUsed - start.arrayBuffers,
    residentBytes: resident - start.rss,
  };
}
