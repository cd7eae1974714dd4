import { Prisma } from '../../database/generated/client.ts';
import { isUnavailable } from '../../database/unavailable.ts';
import type { NewEvent } from '../../events/log.ts';
import { idKind, newId } from '../../lib/id.ts';
import type { Caller } from '../app.ts';
import { DomainError } from '../errors.ts';
import type { Act } from './act.ts';

/** What was not done although nothing was wrong with the request. */
const faults = new Set(['UpstreamError', 'Unavailable', 'InternalError']);

/** Why something was not done, by a name that is always the same. */
export function reasonOf(err: unknown): string {
  if (err instanceof DomainError) return err.name;
  return isUnavailable(err) ? 'Unavailable' : 'InternalError';
}

/** The id in a text that a client gave; null where it is none: nothing else that clients write is kept. */
export function asTarget(given: unknown): string | null {
  return typeof given === 'string' && idKind(given) !== null ? given : null;
}

/**
 * Begins what the audit log tells of. What `caller` does is written with the line in one transaction (see
 * `transact`); `end` writes the line where nothing was written, and what it came to where that went wrong.
 */
export function beginAct(from: Caller, act: Act): { caller: Caller; end(reason: string | null): Promise<void> } {
  const { app, tenantId } = from;
  if (app.settings.auditRetentionDays === 0 || from.sender === undefined) return { caller: from, end: async () => {} };
  const draft = { ...act, lineId: null };
  const caller: Caller = { ...from, audit: draft };
  return {
    caller,
    end: async (reason) => {
      const { lineId } = caller.audit ?? draft;
      const { prisma } = app.database;
      try {
        if (lineId === null && outcomeOf(reason) === 'REFUSED' && !app.refusals.takesWrite(tenantId)) return;
        if (lineId === null) await prisma.$executeRaw(insertOf(newLine(caller, act.targetId), reason));
        else if (reason !== null) {
          await prisma.$executeRaw`
            UPDATE audit_entry SET outcome = ${outcomeOf(reason)}, reason = ${reason}
            WHERE tenant_id = ${tenantId} AND id = ${lineId}`;
        }
      } catch (err) {
        app.log.error(
          { err, tenantId, action: act.action, requestId: act.requestId },
          'a line of the audit log is lost',
        );
      }
    },
  };
}

/** Runs `run` as an act. `failureOf` tells of a result why nothing was done; null where it was. */
export async function audited<T>(
  from: Caller,
  act: Act,
  run: (caller: Caller) => T | Promise<T>,
  failureOf: (result: T) => string | null = () => null,
): Promise<T> {
  const { caller, end } = beginAct(from, act);
  try {
    const result = await run(caller);
    await end(failureOf(result));
    return result;
  } catch (err) {
    await end(reasonOf(err));
    throw err;
  }
}

type Line = { caller: Caller; id: string; at: Date; targetId: string | null };

function newLine(caller: Caller, targetId: string | null, at = new Date()): Line {
  return { caller, id: newId('auditEntry'), at, targetId: asTarget(targetId) };
}

/**
 * The line of the act that `caller` is at, to be written with what it writes, the first time. `events` and `value` are
 * what that came to: the first thing that they name is what was done, where the act did not know it before.
 * @returns the line's id, to be told to `lineWritten` after the commit, and its INSERT, a row for each of `from`'s; null
 * where there is none
 */
export function lineOf(
  caller: Caller,
  { at, events, value }: { at: Date; events: readonly NewEvent[]; value: unknown },
): { id: string; insert(from: Prisma.Sql): Prisma.Sql } | null {
  if (caller.audit === undefined || caller.audit.lineId !== null) return null;
  const named = typeof value === 'object' && value !== null && 'id' in value ? asTarget(value.id) : null;
  const line = newLine(caller, asTarget(caller.audit.targetId) ?? events[0]?.subjectId ?? named, at);
  return { id: line.id, insert: (from) => insertOf(line, null, from) };
}

export function lineWritten({ audit }: Caller, id: string | null): void {
  if (audit !== undefined && id !== null) audit.lineId = id;
}

const outcomeOf = (reason: string | null) => (reason === null ? 'DONE' : faults.has(reason) ? 'FAILED' : 'REFUSED');

function insertOf({ caller, id, at, targetId }: Line, reason: string | null, from = Prisma.empty): Prisma.Sql {
  const { tenantId, apiKeyId, sender, audit } = caller;
  return Prisma.sql`
    INSERT INTO audit_entry (tenant_id, id, at, way, action, api_key_id, target_id, outcome, reason, address,
      forwarded_for, request_id)
    SELECT ${tenantId}, ${id}, ${at}::timestamptz, ${sender?.way ?? 'ADMIN'}, ${audit?.action ?? ''}, ${apiKeyId},
      ${targetId}, ${outcomeOf(reason)}, ${reason}, ${sender?.address ?? null},
      ${sender?.forwardedFor ?? null}, ${audit?.requestId ?? null} ${from}`;
}
