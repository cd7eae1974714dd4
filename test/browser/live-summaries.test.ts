import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { root } from '../testkit/doc-blocks.ts';
import { makeConversation } from '../testkit/files/uploads.ts';
import { startGateway } from '../testkit/gateway.ts';

const example = path.join(root, 'examples/live-summaries');

/** The example's own origin, before there is anything to serve, and what builds it for a gateway. */
async function startExample() {
  const { build, preview } = await import('vite');
  const outDir = await mkdtemp(path.join(tmpdir(), 'convograph-example-'));
  const common = { root: example, logLevel: 'error' as const, envDir: outDir };
  const server = await preview({ ...common, build: { outDir }, preview: { host: 'localhost', port: 0 } });
  const [origin = ''] = server.resolvedUrls?.local.map((each) => each.replace(/\/$/, '')) ?? [];
  return {
    origin,
    build: async (gateway: string, apiKey: string) => {
      const define = {
        'import.meta.env.VITE_GATEWAY': JSON.stringify(gateway),
        'import.meta.env.VITE_API_KEY': JSON.stringify(apiKey),
      };
      await build({ ...common, define, build: { outDir, emptyOutDir: true } });
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}

inBrowser('the example app', () => {
  test('shows summaries as they are made, on an origin of its own', async () => {
    await using app = await startExample();
    await using gateway = await startGateway({ env: { CORS_ORIGINS: app.origin } });
    await app.build(gateway.url, gateway.apiKey);
    await makeConversation(gateway, { title: 'Before the page' });
    await using browser = await startBrowser();
    const page = await browser.newPage();
    await page.goto(app.origin);
    const row = (title: string) =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title }) });
    await row('Before the page').waitFor();
    await page.evaluate('globalThis.isSamePage = true');

    await makeConversation(gateway, { title: 'While the page is open' });
    await expect.poll(() => row('While the page is open').getByText('parcel arrived broken').count()).toBe(1);
    await expect.poll(() => row('Before the page').getByText('parcel arrived broken').count()).toBe(1);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('says what to look at where its origin is not let in, and so does the log', async () => {
    await using app = await startExample();
    const lines: string[] = [];
    const log = pino(
      { level: 'warn' },
      new Writable({
        write: (line, _, done) => {
          lines.push(String(line));
          done();
        },
      }),
    );
    await using gateway = await startGateway({ log });
    await app.build(gateway.url, gateway.apiKey);
    await using browser = await startBrowser();
    const page = await browser.newPage();
    await page.goto(app.origin);
    await expect.poll(() => page.getByRole('alert').first().textContent()).toContain('CORS_ORIGINS');
    await page.reload();
    await page.getByRole('alert').first().waitFor();
    expect(lines.filter((line) => line.includes(`start with CORS_ORIGINS=${app.origin} `))).toHaveLength(1);
  });
});
