import type { Caller } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import type { ImportReport } from '../domain/imports/report.ts';
import { getTenant } from '../domain/tenants/administration.ts';
import { importFile } from '../imports/import-file.ts';
import { UnreadableFileError } from '../imports/read.ts';
import { type Command, UsageError } from './command.ts';
import { asOperator } from './operator.ts';
import { table } from './table.ts';

/** How often progress is told. */
const progressIntervalMs = 200;
const shownReasons = 20;

export const importCommand: Command = {
  name: 'import',
  summary: 'Reads a file into a tenant: exports (CSV, JSON, JSONL, ZIP), chats of WhatsApp, Slack and ChatGPT, mbox',
  positionals: ['FILE'],
  options: {
    tenant: { value: 'SLUG', help: 'into which; may be left out where there is one' },
    assistant: { value: 'NAME', help: 'who answers in a chat; what the others write are questions' },
    'dry-run': { help: 'says what would be done, and changes nothing' },
  },
  run: async ({ app, tell }, input) => {
    const [file = ''] = input.positionals;
    const { id, slug } = await getTenant(app, input.text('tenant') ?? (await onlyTenant(app)));
    let toldAt = 0;
    const isDryRun = input.flag('dry-run');
    const read = (caller: Caller) =>
      importFile(caller, file, {
        isDryRun,
        assistant: input.text('assistant') ?? null,
        signal: new AbortController().signal,
        onProgress: (each) => {
          if (Date.now() - toldAt < progressIntervalMs) return;
          toldAt = Date.now();
          tell?.(progressOf(each));
        },
      });
    const reading = isDryRun
      ? read(systemCaller(app, id))
      : asOperator(app, id, { action: 'import', targetId: id }, read);
    const report = await reading.catch((err: unknown) => {
      if (err instanceof UnreadableFileError) throw new UsageError(`${file}: ${err.message}`);
      if (err instanceof Error && 'code' in err && err.code === 'ENOENT')
        throw new UsageError(`${file}: there is no such file`);
      throw err;
    });
    return { data: { tenant: slug, ...report }, text: wordsOf(report, slug), hasFailed: report.stoppedBy !== null };
  },
};

async function onlyTenant(app: Parameters<Command['run']>[0]['app']): Promise<string> {
  const tenants = await app.database.prisma.tenant.findMany({ select: { slug: true }, take: 2 });
  const [first, second] = tenants;
  if (first === undefined || second !== undefined) throw new UsageError('Say into which tenant: --tenant SLUG');
  return first.slug;
}

function progressOf({ outcomes, messages, leftOut }: ImportReport): string {
  const read = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return `${read} conversations, ${messages} messages, ${leftOut} left out …`;
}

function wordsOf(
  { format, isDryRun, outcomes, messages, leftOut, reasons, stoppedBy }: ImportReport,
  slug: string,
): string {
  const lines = [
    `${format}, ${isDryRun ? 'tried on' : 'read into'} tenant "${slug}":`,
    table(
      ['CONVERSATIONS', ''],
      [
        [
          String(outcomes.IMPORTED),
          `${isDryRun ? 'would be imported' : 'imported'}, with ${messages} message${messages === 1 ? '' : 's'}`,
        ],
        [String(outcomes.EXTENDED), `${isDryRun ? 'would get' : 'got'} the messages that they have more`],
        [String(outcomes.UNCHANGED), 'were there already'],
        [String(outcomes.DIFFERENT), 'were there and differ: what is there stays'],
      ],
    ),
  ];
  if (leftOut > 0) {
    lines.push(
      `Left out: ${leftOut}`,
      ...reasons.slice(0, shownReasons).map(({ place, reason }) => `  ${place}: ${reason}`),
    );
    if (leftOut > shownReasons) lines.push('  … (--json lists more)');
  }
  if (stoppedBy !== null) lines.push(`It ended before the file did: ${stoppedBy}`);
  return lines.join('\n');
}
