import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Caller } from '../domain/app.ts';
import { BadRequestError, ConflictError } from '../domain/errors.ts';
import { answerContext, idempotencyHours } from '../domain/idempotency.ts';
import { canonicalJson } from '../lib/json.ts';
import { codePointCount, isStorable } from '../lib/text.ts';
import { hourMs } from '../lib/time/durations.ts';
import type { RestContext } from './env.ts';
import { UnderWayError } from './failures.ts';

export const idempotencyHeader = 'Idempotency-Key';

const maxKeyCharacters = 255;
/** A request that has not answered for so long has died with its process: another one takes over. */
const leaseMs = 120_000;
const waitMs = 30_000;
const lookAgainMs = 100;

/** The answer as text, since the database does not keep the order of keys; encrypted, since it may bear a secret. */
const recordSchema = z.object({ body: z.string() });

/** The request's idempotency key; null where it bears none. @throws BadRequestError where it is none that can be kept */
export function idempotencyKeyOf(c: RestContext): string | null {
  const key = c.req.header(idempotencyHeader);
  if (key === undefined) return null;
  if (key === '' || codePointCount(key) > maxKeyCharacters || !isStorable(key)) {
    const message = `${idempotencyHeader} must be 1 to ${maxKeyCharacters} characters`;
    throw new BadRequestError(message, { [idempotencyHeader]: [message] });
  }
  return key;
}

/**
 * Runs `run` once for each idempotency key: the same key with the same request gives the first answer again, for 24
 * hours. Of several at once, one runs and the others wait for its answer. A failure is not kept.
 * @param operation the route, `POST /v1/exports`; `request` what else makes a request the same
 * @throws ConflictError where the key came before with another request, UnderWayError where the first takes too long
 */
export async function answerOnce<Body extends object>(
  c: RestContext,
  operation: string,
  request: unknown,
  run: () => Promise<Body>,
): Promise<Body> {
  const key = idempotencyKeyOf(c);
  if (key === null) return run();
  const caller = c.get('caller');
  const place = { tenantId: caller.tenantId, operation, key };
  const requestHash = createHash('sha256')
    .update(canonicalJson({ path: c.req.path, request }))
    .digest('hex');
  const records = caller.app.database.prisma.idempotencyRecord;
  const earlier = await claim(caller, place, requestHash, c.req.raw.signal);
  if (earlier !== null) return JSON.parse(caller.app.secrets.decrypt(earlier, answerContext(place))) as Body;
  try {
    const body = await run();
    const cipher = caller.app.secrets.encrypt(JSON.stringify(body), answerContext(place));
    const answer = { body: cipher } satisfies z.infer<typeof recordSchema>;
    await records.updateMany({ where: { ...place, requestHash }, data: { answer } });
    return body;
  } catch (err) {
    await records.deleteMany({ where: { ...place, requestHash, answer: { equals: {} } } });
    throw err;
  }
}

type Place = Parameters<typeof answerContext>[0];

/** Null where the caller is the one to run; else the answer, encrypted, that there is or will be in a moment. */
async function claim(caller: Caller, place: Place, requestHash: string, signal: AbortSignal): Promise<string | null> {
  const records = caller.app.database.prisma.idempotencyRecord;
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    const now = new Date();
    const kept = new Date(now.getTime() - idempotencyHours * hourMs);
    await records.deleteMany({ where: { ...place, createdAt: { lt: kept } } });
    const fresh = { ...place, requestHash, answer: {}, createdAt: now };
    const { count } = await records.createMany({ data: [fresh], skipDuplicates: true });
    if (count > 0) return null;
    const record = await records.findUnique({ where: { tenantId_operation_key: place } });
    if (record !== null) {
      if (record.requestHash !== requestHash) {
        throw new ConflictError('This idempotency key was used before, with another request: use a new key');
      }
      const answer = recordSchema.safeParse(record.answer).data;
      if (answer !== undefined) return answer.body;
      if (now.getTime() - record.createdAt.getTime() > leaseMs) {
        const taken = await records.updateMany({
          where: { ...place, requestHash, createdAt: record.createdAt },
          data: { createdAt: now },
        });
        if (taken.count > 0) return null;
      }
    }
    await wait(lookAgainMs, undefined, { signal });
  }
  throw new UnderWayError();
}
