import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createEgress } from '../../../../src/lib/egress/egress.ts';
import { createRateBudget } from '../../../../src/upstreams/http/budget.ts';
import { systemClock } from '../../../../src/upstreams/http/clock.ts';
import {
  createUpstreamHttp,
  pathPart,
  UpstreamFailure,
  type UpstreamHttpOptions,
} from '../../../../src/upstreams/http/http.ts';
import { httpServer, rawServer } from './local-server.ts';

const apiKey = 'aimc_secret_key_1234';

/** A client whose pauses between attempts take no time, and are told. */
function connect(baseUrl: string, options: Partial<UpstreamHttpOptions> = {}) {
  const egress = createEgress({ allowPrivateNetwork: true });
  const pauses: number[] = [];
  const clock = {
    ...systemClock,
    sleep: async (ms: number) => {
      pauses.push(ms);
    },
  };
  const http = createUpstreamHttp({
    egress,
    name: 'Upstream',
    baseUrl,
    apiKey,
    budget: createRateBudget(),
    budgetKey: 'account',
    clock,
    random: () => 0.5,
    ...options,
  });
  return { ...http, pauses, [Symbol.asyncDispose]: () => egress.close() };
}

const failureOf = async (call: Promise<unknown>): Promise<UpstreamFailure> => {
  const error = await call.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamFailure)) throw error;
  return error;
};

const post = { method: 'POST', path: '/conversations', body: { title: 'x' } } as const;
const get = { method: 'GET', path: '/conversations' } as const;

describe('statuses', () => {
  test.each([
    [400, 'REJECTED', 'NOT_APPLIED'],
    [401, 'UNAUTHORIZED', 'NOT_APPLIED'],
    [403, 'FORBIDDEN', 'NOT_APPLIED'],
    [404, 'NOT_FOUND', 'NOT_APPLIED'],
    [409, 'REJECTED', 'NOT_APPLIED'],
    [410, 'NOT_FOUND', 'NOT_APPLIED'],
    [422, 'REJECTED', 'NOT_APPLIED'],
    [429, 'RATE_LIMITED', 'NOT_APPLIED'],
    [301, 'UNREADABLE', 'NOT_APPLIED'],
    [303, 'UNREADABLE', 'UNKNOWN'],
    [500, 'UNAVAILABLE', 'UNKNOWN'],
    [501, 'UNAVAILABLE', 'NOT_APPLIED'],
    [502, 'UNAVAILABLE', 'UNKNOWN'],
    [503, 'UNAVAILABLE', 'UNKNOWN'],
    [504, 'UNAVAILABLE', 'UNKNOWN'],
  ] as const)('a write answered %i is %s, %s, and sent once', async (status, kind, outcome) => {
    let requests = 0;
    await using server = await httpServer((_req, res) => {
      requests += 1;
      res.writeHead(status, { location: '/elsewhere' }).end('{"error":"what is wrong"}');
    });
    await using upstream = connect(server.origin);
    expect(await failureOf(upstream.request(post))).toMatchObject({ kind, outcome, httpStatus: status });
    expect(requests).toBe(1);
  });

  test("a refusal bears the upstream's words and fields, and none of our credentials", async () => {
    await using server = await httpServer((req, res) => {
      const { authorization } = req.headers;
      const fields = { title: ['Title is required'], content: `not ${apiKey}` };
      const error = { code: 'validation_error', message: `Bad ${authorization}\u0000`, details: { fields } };
      res.writeHead(422).end(JSON.stringify({ error }));
    });
    await using upstream = connect(server.origin);
    const failure = await failureOf(upstream.request(post));
    expect(failure).toMatchObject({
      code: 'validation_error',
      fields: { title: ['Title is required'], content: ['not ***'] },
    });
    expect(failure.message).toContain('Bad Bearer ***');
    expect(JSON.stringify([failure.message, failure.fields])).not.toContain(apiKey);
  });
});

describe('connections', () => {
  const cases: [string, (socket: Socket) => void, { read: string; write: string; outcome: string }][] = [
    ['a reset', (socket) => socket.resetAndDestroy(), { read: 'NETWORK', write: 'NETWORK', outcome: 'UNKNOWN' }],
    ['silence', () => undefined, { read: 'TIMEOUT', write: 'TIMEOUT', outcome: 'UNKNOWN' }],
    [
      'a body cut short',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":'),
      { read: 'UNREADABLE', write: 'UNREADABLE', outcome: 'UNKNOWN' },
    ],
    [
      'half of the JSON',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n{"id":'),
      { read: 'UNREADABLE', write: 'UNREADABLE', outcome: 'UNKNOWN' },
    ],
    [
      'a web page',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>'),
      { read: 'UNREADABLE', write: 'UNREADABLE', outcome: 'UNKNOWN' },
    ],
    [
      'a page of refusal with 403',
      (socket) => socket.end('HTTP/1.1 403 No\r\ncontent-length: 6\r\n\r\n<html>'),
      { read: 'FORBIDDEN', write: 'FORBIDDEN', outcome: 'NOT_APPLIED' },
    ],
    [
      'a refusal cut short',
      (socket) => socket.end('HTTP/1.1 422 No\r\ncontent-length: 99\r\n\r\n{"error"'),
      { read: 'REJECTED', write: 'REJECTED', outcome: 'NOT_APPLIED' },
    ],
  ];
  test.each(cases)('%s', async (_name, respond, expected) => {
    await using server = await rawServer(respond);
    await using upstream = connect(server.origin, { readTimeoutMs: 100, writeTimeoutMs: 100, maxAttempts: 2 });
    const read = await failureOf(upstream.request(get));
    expect(read).toMatchObject({ kind: expected.read, outcome: 'NOT_APPLIED' });
    const write = await failureOf(upstream.request(post));
    expect(write).toMatchObject({ kind: expected.write, outcome: expected.outcome });
  });

  test('nobody listens: NETWORK, and a write was certainly not applied', async () => {
    let origin = '';
    {
      await using gone = await httpServer(() => undefined);
      origin = gone.origin;
    }
    await using upstream = connect(origin);
    expect(await failureOf(upstream.request(post))).toMatchObject({
      kind: 'NETWORK',
      outcome: 'NOT_APPLIED',
      httpStatus: null,
    });
  });

  test('an endless answer is cut at its size: UNREADABLE, not tried again', async () => {
    let requests = 0;
    await using server = await httpServer((_req, res) => {
      requests += 1;
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const pump = () => {
        while (!res.destroyed && res.write(chunk));
      };
      res.on('drain', pump);
      pump();
    });
    await using upstream = connect(server.origin);
    expect(await failureOf(upstream.request({ ...get, maxBytes: 1_000_000 }))).toMatchObject({ kind: 'UNREADABLE' });
    expect(requests).toBe(1);
  });

  test('an address that must not be reached: NETWORK, NOT_APPLIED, not tried again', async () => {
    const egress = createEgress({ allowPrivateNetwork: false });
    await using upstream = connect('http://127.0.0.1:9/v1', { egress });
    expect(await failureOf(upstream.request(get))).toMatchObject({ kind: 'NETWORK', outcome: 'NOT_APPLIED' });
    expect(upstream.pauses).toEqual([]);
    await egress.close();
  });

  test('a caller that gives up: ABORTED, of a write that was sent UNKNOWN', async () => {
    const controller = new AbortController();
    await using server = await httpServer(() => controller.abort());
    await using upstream = connect(server.origin);
    const { signal } = controller;
    expect(await failureOf(upstream.request({ ...post, signal }))).toMatchObject({
      kind: 'ABORTED',
      outcome: 'UNKNOWN',
    });
    expect(await failureOf(upstream.request({ ...post, signal }))).toMatchObject({
      kind: 'ABORTED',
      outcome: 'NOT_APPLIED',
    });
  });
});

describe('trying again', () => {
  test('a read is tried three times, with pauses that grow at random, and then answers', async () => {
    let requests = 0;
    await using server = await httpServer((_req, res) => {
      requests += 1;
      res.writeHead(requests < 3 ? 502 : 200).end('{"ok":true}');
    });
    await using upstream = connect(server.origin);
    expect((await upstream.request(get)).json).toEqual({ ok: true });
    expect(requests).toBe(3);
    expect(upstream.pauses).toEqual([500, 1_000]);
  });

  test('Retry-After is kept where it is short, and told where it is long', async () => {
    const after = ['3', '900'];
    await using server = await httpServer((_req, res) => {
      res.writeHead(503, { 'retry-after': after.shift() ?? '900' }).end();
    });
    const budget = { acquire: async () => undefined, observe: () => undefined };
    await using upstream = connect(server.origin, { budget });
    const failure = await failureOf(upstream.request(get));
    expect(failure).toMatchObject({ kind: 'UNAVAILABLE', httpStatus: 503, retryAfterMs: 900_000 });
    expect(upstream.pauses).toEqual([3_000]);
  });

  test('every request is acquired and observed once, answered or not', async () => {
    const seen: (number | null)[] = [];
    let acquired = 0;
    const budget = {
      acquire: async () => {
        acquired += 1;
      },
      observe: (_key: string, { status }: { status: number | null }) => void seen.push(status),
    };
    const answers: ((socket: Socket) => void)[] = [
      (socket) => socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}'),
    ];
    await using server = await rawServer((socket) => answers.shift()?.(socket));
    await using upstream = connect(server.origin, { budget });
    await upstream.request(get);
    expect(acquired).toBe(3);
    expect(seen).toEqual([500, null, 200]);
  });

  test('after failures in a row the upstream is left alone, and the next call says for how long', async () => {
    let requests = 0;
    await using server = await httpServer((_req, res) => {
      requests += 1;
      res.writeHead(500).end();
    });
    await using upstream = connect(server.origin, { maxAttempts: 5 });
    await failureOf(upstream.request(get));
    expect(requests).toBe(5);
    const failure = await failureOf(upstream.request(post));
    expect(failure).toMatchObject({ kind: 'UNAVAILABLE', outcome: 'NOT_APPLIED', httpStatus: null });
    expect(failure.retryAfterMs).toBeGreaterThan(1_000);
    expect(requests).toBe(5);
  });
});

describe('what is sent', () => {
  test.each(['/v1', '/v1/', '/v1//', '//v1'])('a base with the path %s keeps it', async (prefix) => {
    const seen: unknown[] = [];
    await using server = await httpServer((req, res) => {
      seen.push([req.method, req.url?.replace(/^\/+/, '/'), req.headers.authorization]);
      res.end('{}');
    });
    await using upstream = connect(`${server.origin}${prefix}`);
    await upstream.request({ ...get, path: `/conversations/${pathPart('a/b?c#d é')}`, query: { page: 1, q: 'a&b' } });
    expect(seen).toEqual([['GET', '/v1/conversations/a%2Fb%3Fc%23d%20%C3%A9?page=1&q=a%26b', `Bearer ${apiKey}`]]);
  });

  test('a base without a path works with and without its slash', async () => {
    const seen: unknown[] = [];
    await using server = await httpServer((req, res) => {
      seen.push(req.url);
      res.end('{}');
    });
    for (const base of [server.origin, `${server.origin}/`]) {
      await using upstream = connect(base);
      await upstream.request(get);
    }
    expect(seen).toEqual(['/conversations', '/conversations']);
  });

  test.each(['', '.', '..', '\ud800'])('an id %j that no path can hold is NOT_FOUND without a request', (id) => {
    expect(() => pathPart(id)).toThrowError(expect.objectContaining({ kind: 'NOT_FOUND' }));
  });

  test.each(['', 'key\r\nx: y', 'schlüssel', 'two words'])('a key %j is refused before it is sent', (bad) => {
    expect(() => connect('http://127.0.0.1/', { apiKey: bad })).toThrowError(
      expect.objectContaining({ kind: 'UNAUTHORIZED' }),
    );
  });

  test('a write may be answered without a body, a read may not', async () => {
    await using server = await httpServer((_req, res) => res.writeHead(204).end());
    await using upstream = connect(server.origin, { maxAttempts: 1 });
    expect(await upstream.request({ method: 'DELETE', path: '/x' })).toMatchObject({ status: 204, json: null });
    expect(await failureOf(upstream.request(get))).toMatchObject({ kind: 'UNREADABLE' });
  });

  test('a form whose source breaks is a write of unknown outcome, its stream destroyed', async () => {
    await using server = await httpServer((req, res) => {
      req.resume().on('end', () => res.end('{}'));
    });
    await using upstream = connect(server.origin, { writeTimeoutMs: 2_000 });
    const stream = Readable.from(
      (async function* () {
        yield Buffer.from('some');
        throw new Error('disk');
      })(),
      { objectMode: false },
    );
    const form = { contentType: 'multipart/form-data; boundary=x', sizeBytes: null, stream };
    const failure = await failureOf(upstream.request({ method: 'POST', path: '/files', form }));
    expect(failure).toMatchObject({ kind: 'NETWORK', outcome: 'UNKNOWN' });
    expect(stream.destroyed).toBe(true);
  });
});

describe('files', () => {
  test('the key goes to the API alone: not to another host, nor along a redirect to one', async () => {
    const seen: (string | undefined)[] = [];
    await using storage = await httpServer((req, res) => {
      seen.push(req.headers.authorization);
      res.end('bytes');
    });
    await using api = await httpServer((req, res) => {
      seen.push(req.headers.authorization);
      res.writeHead(302, { location: `${storage.origin}/file` }).end();
    });
    await using upstream = connect(`${api.origin}/v1`);
    const limits = { maxBytes: 1_000, idleTimeoutMs: 1_000 };
    for (const url of [`${storage.origin}/file`, `${api.origin}/file`, '/file']) {
      expect(await (await upstream.open(url, limits)).text()).toBe('bytes');
    }
    const key = `Bearer ${apiKey}`;
    expect(seen).toEqual([undefined, key, undefined, key, undefined]);
  });

  test('a file that is gone, too large or nowhere is a failure', async () => {
    await using server = await httpServer((req, res) => {
      if (req.url === '/gone') res.writeHead(404).end();
      else res.end('x'.repeat(2_000));
    });
    await using upstream = connect(server.origin);
    const limits = { maxBytes: 1_000, idleTimeoutMs: 1_000 };
    expect(await failureOf(upstream.open('/gone', limits))).toMatchObject({ kind: 'NOT_FOUND' });
    expect(await failureOf(upstream.open('/large', limits))).toMatchObject({ kind: 'UNREADABLE' });
    expect(await failureOf(upstream.open('http://', limits))).toMatchObject({ kind: 'UNREADABLE' });
    expect(await failureOf(upstream.open('file:///etc/passwd', limits))).toMatchObject({ kind: 'NETWORK' });
  });
});

test('an answer is read in the encoding that its header names, and so is what it says of a failure', async () => {
  let status = 200;
  await using server = await httpServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=ISO-8859-1' });
    response.end(Buffer.from('{"message":"Käse für Ærø"}', 'latin1'));
  });
  await using http = connect(server.origin);
  expect((await http.request(get)).json).toEqual({ message: 'Käse für Ærø' });
  status = 400;
  expect((await failureOf(http.request(get))).message).toContain('Käse für Ærø');
});
