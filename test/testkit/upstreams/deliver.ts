import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, SeenRequest } from './answer.ts';
import type { FaultAnswer } from './faults.ts';

const ENDLESS_MAX_BYTES = 2 * 1024 ** 3;
const ENDLESS_ITEM = `{"id":"conv_endless","title":"${'endless '.repeat(120)}","status":"completed"},`;

export type Delivery = {
  readonly res: ServerResponse;
  readonly request: SeenRequest;
  /** Aborted when the client has gone away or the server closes. */
  readonly signal: AbortSignal;
};

/** Waits; ends early, without an error, when the client goes away. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, { signal }).catch(() => undefined);
}

/** Resets the connection (RST, not FIN): the client sees ECONNRESET. */
export function reset({ res }: Delivery): void {
  const { socket } = res;
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy();
  else res.destroy();
}

/** Sends the answer in the way that the last fault of the kind wants, else at once. */
export async function deliver(delivery: Delivery, answer: Answer, faults: readonly FaultAnswer[]): Promise<void> {
  const { res, request, signal } = delivery;
  const body = Buffer.from(answer.body);
  const fault = faults.findLast(({ kind }) => kind === 'dribble' || kind === 'truncated');
  const shown =
    fault?.kind === 'truncated' && fault.how === 'cut' ? body.subarray(0, Math.floor(body.length / 2)) : body;
  request.status = answer.status;
  res.writeHead(answer.status, { ...answer.headers, 'Content-Length': String(shown.length) });

  if (fault?.kind === 'truncated' && fault.how !== 'cut') {
    const half = body.subarray(0, Math.floor(body.length / 2));
    request.bytesSent = half.length;
    await new Promise<void>((resolve) => res.write(half, () => resolve()));
    res.destroy();
    return;
  }
  if (fault?.kind === 'dribble') {
    const step = fault.bytes ?? 1;
    res.flushHeaders();
    for (let offset = 0; offset < shown.length && !signal.aborted; offset += step) {
      const piece = shown.subarray(offset, offset + step);
      res.write(piece);
      request.bytesSent += piece.length;
      await pause(fault.everyMs, signal);
    }
    res.end();
    return;
  }
  request.bytesSent = shown.length;
  res.end(shown);
}

export async function deliverEndless(
  { res, request, signal }: Delivery,
  headers: Readonly<Record<string, string>>,
  everyMs: number | undefined,
): Promise<void> {
  request.status = 200;
  res.writeHead(200, { ...headers, 'Content-Type': 'application/json; charset=utf-8' });
  res.write('{"data":[');
  while (!signal.aborted && request.bytesSent < ENDLESS_MAX_BYTES) {
    request.bytesSent += ENDLESS_ITEM.length;
    const isTaken = res.write(ENDLESS_ITEM);
    if (everyMs !== undefined) await pause(everyMs, signal);
    else if (!isTaken) await drained(res, signal);
  }
  res.destroy();
}

function drained(res: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      res.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    res.on('drain', done);
    signal.addEventListener('abort', done);
  });
}
