import { UpstreamError, ValidationError } from '../../domain/errors.ts';
import { EgressError } from '../../lib/egress/egress.ts';
import { UpstreamFailure } from '../http/failure.ts';

/** What an upstream failed with, in the domain's words: what it says of single fields is told by field. */
export function toDomainError(failure: UpstreamFailure): ValidationError | UpstreamError {
  if (failure.kind === 'REJECTED' && failure.fields !== null)
    return new ValidationError(failure.fields, failure.message);
  const { message, httpStatus, outcome, retryAfterMs, provider } = failure;
  // Whatever speaks to an account names it.
  if (provider === null) throw failure;
  return new UpstreamError(message, { provider, httpStatus, outcome, retryAfterMs });
}

/** Whether the address itself may not be used: private, or not one at all. */
export function isRefusedAddress(failure: UpstreamFailure): boolean {
  return failure.cause instanceof EgressError && failure.cause.kind === 'REFUSED_ADDRESS';
}

/** Runs what speaks to an upstream; its failures are thrown as the domain's errors. @throws ValidationError, UpstreamError */
export async function withDomainErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (err) {
    throw err instanceof UpstreamFailure ? toDomainError(err) : err;
  }
}
