import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { parseStorageLocation } from '../../../src/storage/location.ts';
import { createStorage } from '../../../src/storage/storage.ts';

/** Puts and reads back a file in a heap of its own, and posts by how many bytes memory grew at most. */
const MIB = 1024 * 1024;
const { location, credentials, sizeBytes } = workerData;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const storage = await createStorage(parseStorageLocation(location), { credentials });
const signal = new AbortController().signal;
let peakBytes = 0;
const measure = (): void => {
  collect();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  peakBytes = Math.max(peakBytes, arrayBuffers + heapUsed);
};
async function* source(length: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < length; sent += 64 * 1024) {
    if (sent % MIB === 0) measure();
    yield new Uint8Array(64 * 1024);
  }
}
await storage.put('warm', source(64 * 1024), { signal });
peakBytes = 0;
measure();
const beforeBytes = peakBytes;
await storage.put('big', source(sizeBytes), { signal });
const { stream } = await storage.open('big', { signal });
let readBytes = 0;
for await (const part of stream) {
  if (Math.floor(readBytes / MIB) < Math.floor((readBytes + part.byteLength) / MIB)) measure();
  readBytes += part.byteLength;
}
await storage.close();
parentPort?.postMessage({ readBytes, grownBytes: peakBytes - beforeBytes });
