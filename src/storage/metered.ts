import { createHash } from 'node:crypto';
import { FileTooLargeError } from './errors.ts';
import type { StoredFile } from './file-storage.ts';

/** Lets chunks through while counting and hashing them. */
type Meter = { chunks: AsyncIterable<Uint8Array>; total: () => StoredFile };

/**
 * Meters a stream. It ends at once with the signal's reason when that aborts, even while the source is silent,
 * and with FileTooLargeError at the first chunk past `maxBytes`; the source is told to stop either way.
 */
export function meter(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: { maxBytes?: number | undefined; signal: AbortSignal },
): Meter {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* run(): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    // One promise a step: racing each against a lasting one would keep every chunk until the end.
    let stop = (_reason: unknown): void => {};
    const onAbort = (): void => stop(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    let isDone = false;
    try {
      signal.throwIfAborted();
      for (;;) {
        const step = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
          stop = reject;
          iterator.next().then(resolve, reject);
        });
        if (step.done) break;
        sizeBytes += step.value.byteLength;
        if (maxBytes !== undefined && sizeBytes > maxBytes) throw new FileTooLargeError(maxBytes);
        hash.update(step.value);
        yield step.value;
        signal.throwIfAborted();
      }
      isDone = true;
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Not awaited: a source that hangs in next() would never answer.
      if (!isDone) iterator.return?.().catch(() => {});
    }
  }
  return { chunks: run(), total: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
