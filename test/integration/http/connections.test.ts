import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { answerBrokenRequests } from '../../../src/http/connection-errors.ts';
import { startGateway } from '../../testkit/gateway.ts';

const limits = { headersMs: 200, keepAliveMs: 1_200 };
const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function serve(): Promise<Server & AsyncDisposable> {
  const server = createServer(
    { headersTimeout: limits.headersMs, connectionsCheckingInterval: 50, keepAliveTimeout: limits.keepAliveMs },
    (incoming, outgoing) => {
      incoming.resume();
      if (incoming.url === '/endless') outgoing.write('the beginning');
      else outgoing.end('{}');
    },
  );
  answerBrokenRequests(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

async function open(port: number, text = '') {
  const socket = connect(port, '127.0.0.1');
  const peer = { socket, text: '', isClosed: false, write: (more: string) => socket.write(more) };
  socket.on('data', (data) => {
    peer.text += data;
  });
  socket.on('close', () => {
    peer.isClosed = true;
  });
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return peer;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test('a connection that is opened in advance is told of no timeout, and answered when its request comes', async () => {
  await using server = await serve();
  const peer = await open(portOf(server));
  await pause(3 * limits.headersMs);
  peer.write(request);
  await expect.poll(() => peer.text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\{\}/s);
  // Past the end of one that is never used.
  await pause(limits.keepAliveMs - 2 * limits.headersMs);
  peer.write(request);
  await expect.poll(() => peer.text.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(2);
  peer.socket.destroy();
});

test('one that is never used is ended without a word, also where blank lines came', async () => {
  await using server = await serve();
  const [silent, blank] = await Promise.all([open(portOf(server)), open(portOf(server))]);
  await pause(2 * limits.headersMs);
  blank.write('\r\n');
  expect([silent.isClosed, blank.isClosed]).toEqual([false, false]);
  await expect.poll(() => [silent.isClosed, blank.isClosed], { timeout: 3_000 }).toEqual([true, true]);
  expect([silent.text, blank.text]).toEqual(['', '']);
});

test('a head that comes too slowly, and what is no request, are refused in words', async () => {
  await using server = await serve();
  const slow = await open(portOf(server), 'GET / HTTP/1.1\r\nHost: ');
  await expect.poll(() => slow.isClosed).toBe(true);
  expect(slow.text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*Connection: close\r\n\r\n\{"error":\{"code":/s);
  const wrong = await open(portOf(server), 'nonsense\r\n\r\n');
  await expect.poll(() => wrong.isClosed).toBe(true);
  expect(wrong.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*This is not an HTTP request/s);
  const long = await open(portOf(server), `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  await expect.poll(() => long.isClosed).toBe(true);
  expect(long.text).toMatch(/^HTTP\/1\.1 431 .*header fields are too large/s);
});

test('nothing is written into an answer that is under way', async () => {
  await using server = await serve();
  const peer = await open(portOf(server), 'GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await expect.poll(() => peer.text).toContain('the beginning');
  peer.write('nonsense\r\n\r\n');
  await expect.poll(() => peer.isClosed).toBe(true);
  expect(peer.text).not.toContain('400');
});

test('the gateway answers over a connection that was opened long before its first request', {
  timeout: 40_000,
}, async () => {
  await using gateway = await startGateway();
  const peer = await open(Number(new URL(gateway.url).port));
  await pause(14_000);
  expect([peer.text, peer.isClosed]).toEqual(['', false]);
  peer.write(request);
  await expect.poll(() => peer.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  peer.socket.destroy();
});

test('a connection that is opened in advance does not hold up the end', async () => {
  const gateway = await startGateway();
  const peer = await open(Number(new URL(gateway.url).port));
  const startedAt = performance.now();
  await gateway.close();
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  await expect.poll(() => peer.isClosed).toBe(true);
});
