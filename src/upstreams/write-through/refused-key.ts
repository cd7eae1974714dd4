import type { Caller } from '../../domain/app.ts';
import { transact } from '../../domain/unit-of-work.ts';
import { emitUpstream } from '../../domain/upstreams/upstreams.ts';
import type { UpstreamFailure } from '../http/failure.ts';

/**
 * Makes an upstream UNAUTHORIZED whose key was refused outside of a sync: nothing more is tried with that key. One that
 * has been given another key since, or is paused, stays as it is.
 */
export async function noteRefusedKey(caller: Caller, failure: UpstreamFailure): Promise<void> {
  const { refusedKey, message, httpStatus } = failure;
  if (refusedKey === null) return;
  const { upstreamId, apiKeyCipher } = refusedKey;
  await transact(caller, async (unit) => {
    const { count } = await unit.tx.upstream.updateMany({
      where: {
        tenantId: caller.tenantId,
        id: upstreamId,
        apiKeyCipher,
        isDisconnecting: false,
        status: { notIn: ['PAUSED', 'UNAUTHORIZED'] },
      },
      data: {
        status: 'UNAUTHORIZED',
        errorMessage: message,
        errorHttpStatus: httpStatus,
        errorAt: unit.now,
        retryAt: null,
        nextSyncAt: null,
      },
    });
    if (count > 0) emitUpstream(unit, upstreamId, 'UNAUTHORIZED');
  });
}
