import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';

/** The demo's conversations are summarised before it is there. */
const demoTimeoutMs = 180_000;
const assets = path.join(import.meta.dirname, '../../../dist/console/assets');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function entryScript(html: string): Promise<string> {
  const [, src] = /<script type="module"[^>]* src="([^"]+)"/.exec(html) ?? [];
  expect(src).toMatch(/^\/assets\/index-[\w-]+\.js$/);
  return src ?? '';
}

test('the console is one page at each of its addresses, which asks no other host', async () => {
  for (const address of ['/', '/conversations/conv_1', '/stats', '/upstreams', '/exports', '/settings/keys']) {
    const response = await gateway.fetch(address);
    expect(response.status, address).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(await response.text()).toContain('<div id="root">');
  }
});

test('what is not the console’s is answered as before', async () => {
  for (const address of ['/nothing', '/assets/nothing.js', '/assets/..%2f.sources']) {
    const response = await gateway.fetch(address);
    expect(response.status, address).toBe(404);
    expect(response.headers.get('content-type'), address).toMatch(/json/);
  }
  expect((await gateway.fetch('/webhooks/upstreams/up_1')).status).toBe(405);
  expect((await gateway.fetch('/v1/conversations')).status).toBe(401);
  expect((await gateway.fetch('/tenants/test/conversations')).status).toBe(401);
  expect((await gateway.fetch('/openapi.json')).status).toBe(200);
  expect((await gateway.fetch('/docs')).status).toBe(200);
  expect((await gateway.fetch('/', { method: 'POST' })).status).toBe(404);
});

test('scripts come compressed as they were built, and are kept for good; the page is asked for each time', async () => {
  const page = await gateway.fetch('/');
  const html = await page.text();
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const again = await gateway.fetch('/', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);

  const script = await entryScript(html);
  const plain = await readFile(path.join(assets, path.basename(script)));
  for (const [encoding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const answer = await request(new URL(script, gateway.url), { headers: { 'accept-encoding': encoding } });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['vary']).toContain('Accept-Encoding');
    expect(decode(Buffer.from(await answer.body.arrayBuffer())).equals(plain)).toBe(true);
  }
  const raw = await request(new URL(script, gateway.url));
  expect(raw.headers['content-encoding']).toBeUndefined();
  expect(Buffer.from(await raw.body.arrayBuffer()).equals(plain)).toBe(true);
});

test('the demo’s key is told to a browser on this machine alone', { timeout: demoTimeoutMs }, async () => {
  await using demo = await startGateway({ env: { DEMO_DATA: 'true' } });
  const ask = async (headers: Record<string, string>) => {
    const answer = await request(demo.url, { headers });
    return answer.body.text();
  };
  expect(await ask({})).toContain(`<meta name="demo-key" content="${demo.apiKey}">`);
  expect(await ask({ 'x-forwarded-for': '203.0.113.7' })).not.toContain(demo.apiKey);
  expect(await ask({ host: 'gateway.example.com' })).not.toContain(demo.apiKey);
  expect(await (await gateway.fetch('/')).text()).not.toContain('demo-key');
});

test('a process that only works has no console', async () => {
  await using worker = await startGateway({ env: { ROLE: 'worker' } });
  expect((await worker.fetch('/')).status).toBe(404);
});

test('the first page takes less than 200 KB of script, compressed', async () => {
  const html = await (await gateway.fetch('/')).text();
  const first = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map(([, name]) => name ?? '');
  expect(first.length).toBeGreaterThan(0);
  const sizes = await Promise.all(first.map(async (name) => (await readFile(path.join(assets, `${name}.gz`))).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.info(`script of the first page: ${(total / 1_000).toFixed(1)} KB with gzip`);
  expect(total).toBeLessThan(200_000);
  // Everything else is loaded when its page is opened.
  expect((await readdir(assets)).filter((name) => name.endsWith('.js')).length).toBeGreaterThan(first.length);
});
