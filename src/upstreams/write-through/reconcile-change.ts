import type { Caller } from '../../domain/app.ts';
import { canonicalJson } from '../../lib/json.ts';
import { recordDrift } from '../clients/record-drift.ts';
import { fingerprint, type MirroredConversation, partReadable } from '../clients/records.ts';
import {
  type MirrorOptions,
  mirrorConversation,
  type Writable,
  writeMirrored,
} from '../conversation/mirror-conversation.ts';
import type { CallOptions } from '../http/http.ts';
import { mirrorAttachment, removeAttachment } from './attachments.ts';
import type { Look } from './reconcile-create.ts';
import { lockOpenWrite, settleApplied, type WriteRecord, type WriteRequest } from './write-record.ts';
import { isNotFound } from './write-target.ts';
import { applyUpdate, beginRequested } from './write-through.ts';

/** Finds out what became of a change to a conversation, by how it is now. */

type Asking = Writable & { caller: Caller; record: WriteRecord; call: CallOptions };
type Request<Kind extends WriteRequest['kind']> = Extract<WriteRequest, { kind: Kind }>;

export async function lookForChange(
  caller: Caller,
  writable: Writable,
  record: WriteRecord,
  call: CallOptions,
): Promise<Look> {
  const asking = { ...writable, caller, record, call };
  const { request } = record;
  switch (request.kind) {
    case 'create':
      return 'UNDECIDED';
    case 'update':
      return lookForUpdate(asking, request);
    case 'delete':
      return (await mirror(asking, request.externalId)).kind === 'GONE' ? settled(asking) : 'ABSENT';
    case 'regenerate':
      return lookForSummary(asking, request);
    case 'upload':
      return lookForUpload(asking, request);
    case 'delete-attachment':
      return lookForDeletion(asking, request);
  }
}

function mirror(asking: Asking, externalId: string, options: Pick<MirrorOptions, 'inSameTransaction'> = {}) {
  const { caller, account, client, call } = asking;
  return mirrorConversation(caller, account, client, externalId, { call, ...options });
}

async function settled({ caller, record }: Asking): Promise<Look> {
  await writeMirrored(caller, (unit) => settleApplied(unit, caller.tenantId, record.id));
  return 'FOUND';
}

async function lookForUpdate(asking: Asking, request: Request<'update'>): Promise<Look> {
  const { caller, record } = asking;
  let look: Look = 'ABSENT';
  await mirror(asking, request.externalId, {
    inSameTransaction: async (unit, applied, known) => {
      look = 'ABSENT';
      if (!isUpdated(known, request) || !(await lockOpenWrite(unit.tx, caller.tenantId, record.id))) return;
      await applyUpdate(unit, caller, applied, known, request.change);
      await settleApplied(unit, caller.tenantId, record.id);
      look = 'FOUND';
    },
  });
  return look;
}

/** Metadata that the upstream does not show is known by the time of its change alone. */
function isUpdated(known: MirroredConversation, { change, before }: Request<'update'>): boolean {
  const { metadata } = known;
  if (change.title !== undefined && ![change.title, change.title.trim()].includes(known.title)) return false;
  if (change.metadata !== undefined && metadata !== null) {
    return Object.entries(change.metadata).every(([key, value]) =>
      value === null ? metadata[key] == null : canonicalJson(metadata[key]) === canonicalJson(value),
    );
  }
  return change.metadata === undefined || isLater(known, before.updatedAt);
}

function isLater({ updatedAt }: MirroredConversation, before: string): boolean {
  return updatedAt !== null && updatedAt.toISOString() > before;
}

async function lookForSummary(asking: Asking, request: Request<'regenerate'>): Promise<Look> {
  const { caller, record } = asking;
  const { conversationId } = record;
  if (conversationId === null) return 'ABSENT';
  const { account, client, call } = asking;
  let answer: Awaited<ReturnType<typeof client.getConversation>>;
  try {
    answer = await client.getConversation(request.externalId, call);
  } catch (err) {
    if (!isNotFound(err)) throw err;
    await mirror(asking, request.externalId);
    return 'ABSENT';
  }
  await recordDrift(caller, account.id, answer.drift);
  const known = answer.conversation;
  if ('unreadable' in known) return 'UNDECIDED';
  const isBegun =
    known.status === 'PROCESSING' ||
    isLater(known, request.before.updatedAt) ||
    fingerprint(known) !== request.before.fingerprint;
  if (!isBegun) return 'ABSENT';
  await writeMirrored(caller, async (unit) => {
    if (!(await lockOpenWrite(unit.tx, caller.tenantId, record.id))) return;
    // Its watch reads what came of it.
    await beginRequested(unit, caller, account.provider, conversationId, request);
    await settleApplied(unit, caller.tenantId, record.id);
  });
  return 'FOUND';
}

async function listFiles(asking: Asking, externalId: string) {
  const { caller, account, client, call } = asking;
  try {
    const { items, drift } = await client.listAttachments(externalId, call);
    await recordDrift(caller, account.id, drift);
    return partReadable(items).readable;
  } catch (err) {
    // The conversation itself is gone: mirroring it removes it here.
    if (!isNotFound(err)) throw err;
    await mirror(asking, externalId);
    return null;
  }
}

async function lookForUpload(asking: Asking, request: Request<'upload'>): Promise<Look> {
  const { caller, record } = asking;
  const files = await listFiles(asking, request.externalId);
  const { conversationId } = record;
  if (files === null || conversationId === null) return 'ABSENT';
  const fitting = files.filter(
    (file) =>
      !request.known.includes(file.externalId) &&
      file.filename === request.filename &&
      (request.sizeBytes === undefined || file.sizeBytes === request.sizeBytes),
  );
  if (fitting.length === 0) return 'ABSENT';
  return writeMirrored(caller, async (unit) => {
    const { tenantId } = caller;
    await unit.tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${conversationId}, 0))::text`;
    if (!(await lockOpenWrite(unit.tx, tenantId, record.id))) return 'FOUND';
    const others = await unit.tx.$queryRaw<{ state: string; claimed: string | null }[]>`
      SELECT state::text AS "state", request->>'claimed' AS "claimed" FROM upstream_write
      WHERE tenant_id = ${tenantId} AND upstream_id = ${record.upstreamId} AND state IN ('SENDING', 'APPLIED')
        AND kind = 'upload' AND conversation_id = ${conversationId} AND id <> ${record.id}
        AND request->>'filename' = ${request.filename}`;
    if (others.some(({ state }) => state === 'SENDING')) return 'UNDECIDED';
    const own = fitting.find((file) => !others.some(({ claimed }) => claimed === file.externalId));
    if (own === undefined) return 'ABSENT';
    await mirrorAttachment(unit, caller, conversationId, own);
    await settleApplied(unit, tenantId, record.id, { claimed: own.externalId });
    return 'FOUND';
  });
}

async function lookForDeletion(asking: Asking, request: Request<'delete-attachment'>): Promise<Look> {
  const { caller, record } = asking;
  const files = await listFiles(asking, request.externalId);
  if (files?.some((file) => file.externalId === request.attachmentExternalId)) return 'ABSENT';
  await writeMirrored(caller, async (unit) => {
    if (record.conversationId !== null) {
      await removeAttachment(unit, caller, record.conversationId, request.attachmentId);
    }
    await settleApplied(unit, caller.tenantId, record.id);
  });
  return 'FOUND';
}
