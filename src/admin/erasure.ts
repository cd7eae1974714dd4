import { readFile } from 'node:fs/promises';
import { systemCaller } from '../domain/caller.ts';
import { countErasure, erase } from '../domain/erasure/erase.ts';
import { type Receipt, verifyReceipt } from '../domain/erasure/receipt.ts';
import type { ErasureTarget } from '../domain/erasure/target.ts';
import { getTenant } from '../domain/tenants/administration.ts';
import { type Command, type Input, UsageError } from './command.ts';
import { asOperator } from './operator.ts';
import { table } from './table.ts';

export const erasureCommands: readonly Command[] = [
  {
    name: 'erase',
    summary: 'Erases a conversation, or all that hold a text, with all that tells of them; prints a signed receipt',
    positionals: [],
    options: {
      tenant: { value: 'SLUG', help: 'whose' },
      conversation: { value: 'ID', help: 'one conversation' },
      participant: { value: 'TEXT', help: 'all conversations that hold it anywhere: an e-mail address, say' },
      'dry-run': { help: 'says how many conversations would go, and changes nothing' },
      confirm: { value: 'SLUG', help: 'the slug once more, since this cannot be undone' },
    },
    run: async ({ app }, input) => {
      const target = readTarget(input);
      const slug = input.text('tenant');
      if (slug === undefined) throw new UsageError('Say whose: --tenant SLUG');
      const caller = systemCaller(app, (await getTenant(app, slug)).id);
      const isDryRun = input.flag('dry-run');
      if (isDryRun || input.text('confirm') !== slug) {
        const conversations = await countErasure(caller, target);
        const text = `${conversations} conversations of tenant "${slug}" would be erased`;
        if (isDryRun) return { data: { tenant: slug, conversations }, text: `${text}.` };
        throw new UsageError(`${text}, and cannot be brought back: add --confirm ${slug}`);
      }
      const act = { action: 'erase', targetId: target.kind === 'CONVERSATION' ? target.id : null };
      const receipt = await asOperator(app, caller.tenantId, act, (each) =>
        erase(each, target, { tenant: slug, signal: new AbortController().signal }),
      );
      return { data: receipt, text: showReceipt(receipt), hasFailed: isIncomplete(receipt) };
    },
  },
  {
    name: 'receipt verify',
    summary: 'Says whether the receipt of an erasure is as this gateway signed it',
    positionals: ['FILE'],
    options: {},
    run: async ({ app }, input) => {
      const [file = ''] = input.positionals;
      const verdict = verifyReceipt(app.secrets, await readText(file));
      if (!verdict.isValid) return { data: verdict, text: refusals[verdict.reason], hasFailed: true };
      const { asked, finishedAt, erased, tenant } = verdict.receipt;
      return {
        data: verdict,
        text: `It is genuine: on ${finishedAt} ${erased.conversations} conversations of tenant "${tenant}" were erased; what was asked has the SHA-256 ${asked.sha256}.`,
      };
    },
  },
];

const refusals = {
  MALFORMED: 'It is no receipt: give the JSON that `erase --json` printed, and nothing else',
  ALTERED: 'It was altered, or signed by a gateway with another SECRET_KEY',
};

function readTarget(input: Input): ErasureTarget {
  const id = input.text('conversation');
  const text = input.text('participant');
  if (id !== undefined && text === undefined) return { kind: 'CONVERSATION', id };
  if (text !== undefined && id === undefined) return { kind: 'PARTICIPANT', text };
  throw new UsageError('Say what is to be erased: either --conversation ID or --participant TEXT');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw new UsageError(`${file} cannot be read: ${err instanceof Error ? err.message : String(err)}`);
  }
}

/** Whether the same command is to be run again. */
const isIncomplete = ({ refused }: Receipt) => refused.some(({ isErasedHere }) => !isErasedHere);

function showReceipt(receipt: Receipt): string {
  const counts = Object.entries(receipt.erased).filter(([, count]) => count);
  const parts = [
    counts.length === 0
      ? 'Nothing was there to be erased.'
      : table(
          ['ERASED', ''],
          counts.map(([kind, count]) => [kind, String(count)]),
        ),
    ...receipt.refused.map(
      ({ upstreamId, externalId, reason, isErasedHere }) =>
        `Not deleted at ${upstreamId}: ${externalId} (${reason})${isErasedHere ? '; it is gone here, and is not mirrored again' : ''}`,
    ),
    ...(isIncomplete(receipt)
      ? ['Some could not be deleted upstream now and are left as they are: run this again.']
      : []),
    JSON.stringify(receipt, null, 2),
  ];
  return parts.join('\n\n');
}
