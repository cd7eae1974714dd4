import { createHash } from 'node:crypto';
import type { Prisma } from '../database/generated/client.ts';
import { canonicalJson, isRecord } from '../lib/json.ts';
import { hourMs } from '../lib/time/durations.ts';
import type { App } from './app.ts';
import { ConflictError } from './errors.ts';
import { type Renewed, renewCipher } from './renewal.ts';
import type { Unit } from './unit-of-work.ts';

export const idempotencyHours = 24;

/** What a kept answer of the REST APIs is encrypted for. */
export function answerContext(place: { tenantId: string; operation: string; key: string }): string {
  return JSON.stringify(['answer', place.tenantId, place.operation, place.key]);
}

/**
 * Runs `make` once for each key: the same key with the same request gives the first answer again, for 24 hours.
 * Of several at once, one makes it and the others wait for its transaction.
 * @throws ConflictError where the key came before with another request
 */
export async function runOncePerKey<Answer extends Prisma.InputJsonObject>(
  unit: Unit,
  tenantId: string,
  call: { operation: string; key: string | null | undefined; request: unknown },
  make: () => Promise<Answer>,
): Promise<Answer> {
  if (call.key == null) return make();
  const requestHash = hashRequest(call.request);
  const id = { tenantId, operation: call.operation, key: call.key };
  const expired = new Date(unit.now.getTime() - idempotencyHours * hourMs);
  await unit.tx.idempotencyRecord.deleteMany({ where: { ...id, createdAt: { lt: expired } } });
  const { count } = await unit.tx.idempotencyRecord.createMany({
    data: [{ ...id, requestHash, answer: {}, createdAt: unit.now }],
    skipDuplicates: true,
  });
  if (count === 0) {
    const record = await unit.tx.idempotencyRecord.findUniqueOrThrow({ where: { tenantId_operation_key: id } });
    if (record.requestHash !== requestHash) {
      throw new ConflictError('This idempotency key was used before, with another request: use a new key');
    }
    return record.answer as Answer;
  }
  const answer = await make();
  await unit.tx.idempotencyRecord.update({ where: { tenantId_operation_key: id }, data: { answer } });
  return answer;
}

/** The same for requests that ask for the same, whatever the order of their keys. */
export function hashRequest(request: unknown): string {
  return createHash('sha256').update(canonicalJson(request)).digest('hex');
}

/** Encrypts kept answers of the REST APIs with the present secret. */
export async function renewAnswers(app: App): Promise<Renewed> {
  const { idempotencyRecord } = app.database.prisma;
  const renewed: Renewed = { renewed: 0, unreadable: 0 };
  const places = await idempotencyRecord.findMany({ select: { tenantId: true, operation: true, key: true } });
  for (const place of places) {
    const where = { tenantId_operation_key: place };
    const answer = (await idempotencyRecord.findUnique({ where }))?.answer;
    if (!isRecord(answer) || typeof answer['body'] !== 'string') continue;
    await renewCipher(app, renewed, answer['body'], answerContext(place), (body) =>
      idempotencyRecord.updateMany({ where: place, data: { answer: { body } } }),
    );
  }
  return renewed;
}
