import type { Logger } from 'pino';

/** Logs what made a request fail; where its sender has gone, as no more than a detail. */
export function logFault(log: Logger, { err, requestId }: { err: unknown; requestId: string }, message: string): void {
  if (isClientGone(err)) log.debug({ err, requestId }, 'a client left before it was answered');
  else log.error({ err, requestId }, message);
}

/** Whether what was thrown says that whoever sent the request has gone: nobody's fault, and there is nobody to tell. */
function isClientGone(err: unknown): boolean {
  for (let each = err, depth = 0; each instanceof Error && depth < 5; each = each.cause ?? original(each), depth++) {
    if (each.name === 'AbortError') return true;
    // What Node says of a request whose connection broke; of connections of its own it says more.
    if (each.message === 'aborted' && 'code' in each && each.code === 'ECONNRESET') return true;
  }
  return false;
}

function original(err: Error): unknown {
  return 'originalError' in err ? err.originalError : undefined;
}
