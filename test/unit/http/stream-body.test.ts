import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type ByteSink, writeStream } from '../../../src/http/stream-body.ts';

const mebibyte = new Uint8Array(2 ** 20).fill(0x61);

test('an ended stream whose peer reads no more is cut off, with the bytes that waited for it', async () => {
  const closed = Promise.withResolvers<void>();
  let waiting = 0;
  const server = createServer((_incoming, outgoing) => {
    outgoing.once('close', () => closed.resolve());
    const fill = (sink: ByteSink) => {
      // More than the peer's and this machine's buffers take.
      for (let index = 0; index < 32; index++) sink.write(mebibyte);
      waiting = outgoing.writableLength;
      sink.end();
    };
    writeStream({ start: fill, freed: () => {}, left: () => {} }, new Response(null), outgoing, 100);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const peer = connect(port, '127.0.0.1');
  peer.on('error', () => {});
  onTestFinished(() => {
    peer.destroy();
  });
  peer.pause();
  peer.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await closed.promise;
  expect(waiting).toBeGreaterThan(0);
});
