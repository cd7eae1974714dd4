import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Origin } from '../domain/audit/sender.ts';

const nowhere: Origin = { address: null, forwardedFor: null };

/** Where a request came from; `incoming` is null for one that came by no connection. */
export function originOf(incoming: IncomingMessage | null): Origin {
  if (incoming === null) return nowhere;
  // The last one is of the proxy that asked here; those before it were told to that one.
  const named = String(incoming.headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return {
    address: incoming.socket.remoteAddress ?? null,
    forwardedFor: named !== undefined && isIP(named) !== 0 ? named : null,
  };
}
