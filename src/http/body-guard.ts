import type { IncomingMessage } from 'node:http';

/** A body must come at this rate at least, judged over windows of `windowMs`. */
const slowBody = { bytesPerSecond: 512, windowMs: 10_000 } as const;

/** The most that a body without files may be. */
const maxBodyBytes = 1_048_576;

/** Why a request is not gone on with. */
export type Refusal = { status: 404 | 408 | 413 | 415; message: string };

const tooLarge: Refusal = { status: 413, message: `The body is larger than ${maxBodyBytes} bytes` };
const tooSlow: Refusal = { status: 408, message: 'The body came too slowly' };

type BodyGuard = {
  /** The request to go on with: the given one, or one whose body is counted as it is read. */
  request: Request;
  /** Resolves with the refusal when the body turns out too slow or too large; never otherwise. */
  refused: Promise<Refusal>;
  stop(): void;
};

/** A refusal at once, or the watch over a body that is still to come. */
export function guardBody(request: Request, incoming: IncomingMessage | null): Refusal | BodyGuard {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') {
    return { status: 415, message: 'Content-Encoding is not served: send the body as it is' };
  }
  const { promise: refused, resolve } = Promise.withResolvers<Refusal>();
  if (request.method === 'GET' || request.method === 'HEAD') return { request, refused, stop: () => {} };
  const isMultipart = /^\s*multipart\/form-data/i.test(request.headers.get('content-type') ?? '');
  const length = request.headers.get('content-length');
  if (!isMultipart && length !== null && Number(length) > maxBodyBytes) return tooLarge;
  const isCounted = !isMultipart && length === null && request.headers.has('transfer-encoding');
  return {
    request: isCounted ? countBody(request, () => resolve(tooLarge)) : request,
    refused,
    stop: incoming === null ? () => {} : watchSpeed(incoming, () => resolve(tooSlow)),
  };
}

/** Waiting for the reader of the body is not the sender's fault, and begins a new window. */
function watchSpeed(incoming: IncomingMessage, onSlow: () => void): () => void {
  let seen = incoming.socket.bytesRead;
  const timer = setInterval(() => {
    const { bytesRead } = incoming.socket;
    const isSlow = bytesRead - seen < (slowBody.bytesPerSecond * slowBody.windowMs) / 1_000;
    const isHeldBack = incoming.readableLength >= incoming.readableHighWaterMark;
    seen = bytesRead;
    if (incoming.complete) clearInterval(timer);
    else if (isSlow && !isHeldBack) {
      clearInterval(timer);
      onSlow();
    }
  }, slowBody.windowMs);
  timer.unref();
  return () => clearInterval(timer);
}

function countBody(request: Request, onTooLarge: () => void): Request {
  if (request.body === null) return request;
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes <= maxBodyBytes) controller.enqueue(chunk);
      else {
        onTooLarge();
        controller.error(new Error('the body is too large'));
      }
    },
  });
  const init: RequestInit & { duplex: 'half' } = {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    body: request.body.pipeThrough(counter),
    duplex: 'half',
  };
  return new Request(request.url, init);
}
