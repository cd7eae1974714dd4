import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { createEgress, type EgressOptions } from '../../../../src/lib/egress/egress.ts';

type Listening = { port: number; origin: string; connections: () => number; [Symbol.asyncDispose](): Promise<void> };

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const http = (listener: RequestListener) => listen(createHttpServer(listener));
const tcp = (listener: (socket: Socket) => void) => listen(createTcpServer(listener));
const open = (options: Partial<EgressOptions> = {}) => createEgress({ allowPrivateNetwork: true, ...options });

describe('names and redirects', () => {
  test('a name that resolves to a private address is refused when connecting, before a socket is opened', async () => {
    await using server = await http((_req, res) => res.end('inside'));
    await using egress = createEgress({
      allowPrivateNetwork: false,
      resolve: async () => [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    const url = `http://rebind.example:${server.port}/`;
    await expect(egress.fetch(url)).rejects.toMatchObject({ kind: 'REFUSED_ADDRESS', requestSent: false });
    await expect(egress.checkUrl(url)).rejects.toMatchObject({ kind: 'REFUSED_ADDRESS' });
    expect(server.connections()).toBe(0);
  });

  test('the socket goes to the address that was checked: the name is resolved once a connection', async () => {
    await using server = await http((_req, res) => res.end('ok'));
    const resolve = vi.fn(async () => [{ address: '127.0.0.1', family: 4 }]);
    await using egress = createEgress({ allowPrivateNetwork: false, allowedAddresses: ['127.0.0.1'], resolve });
    const answer = await egress.fetch(`http://upstream.example:${server.port}/`);
    expect(await answer.text()).toBe('ok');
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  test('a name without an address is a DNS error, and nothing was sent', async () => {
    const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    await using egress = open({ resolve: () => Promise.reject(notFound) });
    await expect(egress.fetch('http://nowhere.example/')).rejects.toMatchObject({ kind: 'DNS', requestSent: false });
    await using empty = open({ resolve: async () => [] });
    await expect(empty.fetch('http://nowhere.example/')).rejects.toMatchObject({ kind: 'DNS', requestSent: false });
  });

  test('a redirect is the answer where following was not asked for', async () => {
    await using server = await http((_req, res) => res.writeHead(302, { location: '/elsewhere' }).end());
    await using egress = open();
    const answer = await egress.fetch(server.origin);
    expect(answer.status).toBe(302);
    answer.discard();
    expect(server.connections()).toBe(1);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:7f00:2]/',
    'http://rebind.example/',
    'file:///etc/passwd',
    'http://user:pass@example.com/',
  ])('a redirect to %s is refused', async (location) => {
    await using server = await http((_req, res) => res.writeHead(302, { location }).end());
    await using egress = createEgress({
      allowPrivateNetwork: false,
      allowedAddresses: ['127.0.0.1'],
      resolve: async () => [{ address: '169.254.169.254', family: 4 }],
      connectTimeoutMs: 2_000,
    });
    await expect(egress.fetch(server.origin, { maxRedirects: 3 })).rejects.toMatchObject({ kind: 'REFUSED_ADDRESS' });
  });

  test('a redirect to where nobody listens is CONNECT, and yet the first request was sent', async () => {
    await using server = await http((_req, res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    await using egress = open();
    await expect(egress.fetch(server.origin, { method: 'POST', body: 'x', maxRedirects: 1 })).rejects.toMatchObject({
      kind: 'CONNECT',
      requestSent: true,
    });
  });

  test('at most three redirects are followed, and credentials stay with their origin', async () => {
    const seen: (string | undefined)[] = [];
    await using storage = await http((req, res) => {
      seen.push(req.headers.authorization);
      res.end('file');
    });
    await using server = await http((req, res) => {
      seen.push(req.headers.authorization);
      const left = Number(req.url?.slice(1));
      const location = left > 0 ? `/${left - 1}` : `${storage.origin}/file`;
      res.writeHead(302, { location }).end('moved');
    });
    await using egress = open();
    const init = { headers: { authorization: 'Bearer key' }, maxRedirects: 3 };
    const answer = await egress.fetch(`${server.origin}/2`, init);
    expect(await answer.text()).toBe('file');
    expect(answer.url).toBe(`${storage.origin}/file`);
    expect(seen).toEqual(['Bearer key', 'Bearer key', 'Bearer key', undefined]);
    await expect(egress.fetch(`${server.origin}/9`, { ...init, maxRedirects: 50 })).rejects.toMatchObject({
      kind: 'REFUSED_ADDRESS',
      message: expect.stringContaining('too often'),
    });
  });

  test('a POST is not repeated as a POST after 303, and is after 307', async () => {
    const seen: string[] = [];
    await using server = await http((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      req.resume().on('end', () => {
        if (req.url === '/end') res.end('ok');
        else res.writeHead(Number(req.url?.slice(1)), { location: '/end' }).end();
      });
    });
    await using egress = open();
    for (const status of [303, 307]) {
      const answer = await egress.fetch(`${server.origin}/${status}`, { method: 'POST', body: '{}', maxRedirects: 1 });
      expect(await answer.text()).toBe('ok');
    }
    expect(seen).toEqual(['POST /303', 'GET /end', 'POST /307', 'POST /end']);
  });
});

describe('limits', () => {
  test('an endless body is cut at its size, announced or not', async () => {
    await using server = await http((req, res) => {
      if (req.url === '/announced') res.writeHead(200, { 'content-length': '999999999' }).flushHeaders();
      else {
        const chunk = Buffer.alloc(64 * 1024, 'x');
        const pump = () => {
          while (!res.destroyed && res.write(chunk));
        };
        res.on('drain', pump);
        pump();
      }
    });
    await using egress = open();
    const endless = await egress.fetch(`${server.origin}/endless`, { maxBytes: 1_000_000 });
    await expect(endless.bytes()).rejects.toMatchObject({ kind: 'TOO_LARGE', requestSent: true });
    await expect(egress.fetch(`${server.origin}/announced`, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      kind: 'TOO_LARGE',
    });
  });

  test('a body that drips is cut at the deadline', async () => {
    await using server = await http((_req, res) => {
      const timer = setInterval(() => res.write('.'), 20);
      res.on('close', () => clearInterval(timer));
    });
    await using egress = open();
    const answer = await egress.fetch(server.origin, { deadlineMs: 300 });
    await expect(answer.bytes()).rejects.toMatchObject({ kind: 'TIMEOUT', requestSent: true });
  });

  test('a server that never answers is a TIMEOUT whose request was sent', async () => {
    await using server = await tcp(() => undefined);
    await using egress = open();
    await expect(egress.fetch(server.origin, { deadlineMs: 150 })).rejects.toMatchObject({
      kind: 'TIMEOUT',
      requestSent: true,
    });
  });

  test('a name server that never answers is a TIMEOUT before anything was sent', async () => {
    await using egress = open({ resolve: () => new Promise(() => undefined) });
    await expect(egress.fetch('http://slow.example/', { deadlineMs: 100 })).rejects.toMatchObject({
      kind: 'TIMEOUT',
      requestSent: false,
    });
  });

  test('a call that waits for a socket is given up at once, and never sent later', async () => {
    const bodies: string[] = [];
    await using server = await http((req) => bodies.push(req.url ?? ''));
    await using egress = open({ maxSocketsPerOrigin: 1 });
    const giveUp = new AbortController();
    const first = egress.fetch(`${server.origin}/first`, { signal: giveUp.signal });
    const second = egress.fetch(`${server.origin}/second`, { method: 'POST', body: 'x', deadlineMs: 100 });
    await expect(second).rejects.toMatchObject({ kind: 'TIMEOUT', requestSent: false });
    giveUp.abort();
    await expect(first).rejects.toMatchObject({ kind: 'ABORTED', requestSent: true });
    await expect(egress.fetch(`${server.origin}/third`, { deadlineMs: 100 })).rejects.toMatchObject({
      kind: 'TIMEOUT',
    });
    expect(bodies).toEqual(['/first', '/third']);
  });
});

describe('what broke, and whether the request was sent', () => {
  test('nobody listens: CONNECT, not sent', async () => {
    const { port } = await (async () => {
      await using gone = await tcp(() => undefined);
      return gone;
    })();
    await using egress = open();
    await expect(egress.fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).rejects.toMatchObject({
      kind: 'CONNECT',
      requestSent: false,
    });
  });

  test('the connection is reset after the request: RESET, sent', async () => {
    await using server = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await using egress = open();
    await expect(egress.fetch(server.origin, { method: 'POST', body: '{}' })).rejects.toMatchObject({
      kind: 'RESET',
      requestSent: true,
    });
  });

  test('the body ends before its length: RESET', async () => {
    await using server = await tcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":')),
    );
    await using egress = open();
    const answer = await egress.fetch(server.origin);
    await expect(answer.text()).rejects.toMatchObject({ kind: 'RESET', requestSent: true });
  });

  test('something that does not speak HTTP: RESET', async () => {
    await using server = await tcp((socket) => socket.once('data', () => socket.end('220 smtp ready\r\n')));
    await using egress = open();
    await expect(egress.fetch(server.origin)).rejects.toMatchObject({ kind: 'RESET', requestSent: true });
  });

  test('a peer without TLS: TLS, not sent', async () => {
    await using server = await http((_req, res) => res.end());
    await using egress = open();
    await expect(egress.fetch(`https://127.0.0.1:${server.port}/`)).rejects.toMatchObject({
      kind: 'TLS',
      requestSent: false,
    });
  });

  test('headers without end: TOO_LARGE', async () => {
    await using server = await tcp((socket) =>
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`)),
    );
    await using egress = open();
    await expect(egress.fetch(server.origin)).rejects.toMatchObject({ kind: 'TOO_LARGE' });
  });

  test('the caller gives up: ABORTED before, during and after the headers', async () => {
    await using server = await http((_req, res) => {
      res.write('first');
    });
    await using egress = open();
    await expect(egress.fetch(server.origin, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'ABORTED',
      requestSent: false,
    });
    const controller = new AbortController();
    const answer = await egress.fetch(server.origin, { signal: controller.signal });
    controller.abort();
    await expect(answer.text()).rejects.toMatchObject({ kind: 'ABORTED', requestSent: true });
  });

  test('closing breaks what is under way', async () => {
    await using server = await tcp(() => undefined);
    const egress = open();
    const waiting = egress.fetch(server.origin);
    const outcome = expect(waiting).rejects.toMatchObject({ kind: 'ABORTED' });
    await vi.waitFor(() => expect(server.connections()).toBe(1));
    await egress.close();
    await outcome;
    await expect(egress.fetch(server.origin)).rejects.toMatchObject({ kind: 'ABORTED', requestSent: false });
  });
});

describe('bodies', () => {
  test('a stream is sent as it comes and sockets are used again', async () => {
    await using server = await http((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => res.end(Buffer.concat(chunks)));
    });
    await using egress = open();
    const body = new PassThrough();
    body.end('streamed');
    expect(await (await egress.fetch(server.origin, { method: 'POST', body })).text()).toBe('streamed');
    for (let round = 0; round < 10; round += 1) {
      expect(await (await egress.fetch(server.origin, { method: 'POST', body: 'plain' })).text()).toBe('plain');
    }
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  test('a stream is destroyed when its call fails before it was sent', async () => {
    await using egress = createEgress({ allowPrivateNetwork: false });
    const body = new PassThrough();
    await expect(egress.fetch('http://127.0.0.1:9/', { method: 'POST', body })).rejects.toMatchObject({
      kind: 'REFUSED_ADDRESS',
    });
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });
});
