import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { toFrame } from '../../../../src/graphql/events/frame.ts';
import { createEventEncoder, createPeer, type Peer } from '../../../../src/http/graphql/sockets/peer.ts';

/** A socket of a real server, and its client. */
async function connect() {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer().listen(0, '127.0.0.1');
  const upgraded = Promise.withResolvers<Peer>();
  server.on('upgrade', (request, connection, head) => {
    sockets.handleUpgrade(request, connection, head, (socket) =>
      upgraded.resolve(createPeer(socket, connection, createEventEncoder())),
    );
  });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const messages: string[] = [];
  client.on('message', (data) => messages.push(String(data)));
  const peer = await upgraded.promise;
  await once(client, 'open');
  return {
    peer,
    client,
    messages,
    [Symbol.asyncDispose]: async () => {
      client.terminate();
      peer.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

const payloadOf = (length: number) => JSON.stringify({ data: 'ä😀'.repeat(length) });

test('events written past the socket are messages of any length, each whole, among those that it sends itself', async () => {
  await using connected = await connect();
  const { peer, messages } = connected;
  const payloads = [1, 100, 20_000].map(payloadOf);
  const batch = payloads.map((payload, index) => toFrame('tenant', BigInt(index), payload));
  await peer.send('first');
  peer.sendEvents('a"b', batch);
  peer.sendEvents('c', batch.slice(1));
  await peer.send('last');
  await vi.waitUntil(() => messages.includes('last'), { timeout: 10_000 });
  expect(messages).toEqual([
    'first',
    ...payloads.map((payload) => `{"id":"a\\"b","type":"next","payload":${payload}}`),
    ...payloads.slice(1).map((payload) => `{"id":"c","type":"next","payload":${payload}}`),
    'last',
  ]);
});

test('a peer that takes nothing is blocked, and its listeners are told once it is free', async () => {
  await using connected = await connect();
  const { peer, client, messages } = connected;
  let timesFreed = 0;
  const freed = () => {
    timesFreed++;
  };
  peer.listeners.add({ cursor: '', placeCursor: '', freed, leave: () => {}, end: () => {} });
  client.pause();
  const batch = [toFrame('tenant', 1n, payloadOf(100_000))];
  let sent = 0;
  const before = Date.now();
  while (peer.blockedSince === 0) {
    peer.sendEvents('1', batch);
    sent++;
  }
  expect(peer.blockedSince).toBeGreaterThanOrEqual(before);
  expect(timesFreed).toBe(0);
  client.resume();
  await vi.waitUntil(() => messages.length === sent, { timeout: 10_000 });
  await vi.waitUntil(() => timesFreed > 0, { timeout: 10_000 });
  expect(peer.blockedSince).toBe(0);
});
