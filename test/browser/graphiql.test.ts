import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

const timeout = 30_000;
/** A page of nine megabytes is opened a dozen times. */
const reloadsTimeoutMs = 240_000;
const viewport = { width: 1400, height: 900 };
/** The editor draws spaces as ones that do not break, and breaks long lines. */
const readable = (text: string) => text.replace(/[\s\u00a0]+/g, ' ');

async function openGraphiql(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('.graphiql-execute-button').waitFor({ timeout });
  return page;
}

const resultOf = async (page: Page) => readable(await page.locator('.result-window').innerText());
const queryOf = async (page: Page) => readable(await page.locator('.graphiql-query-editor').innerText());

async function openTab(page: Page, name: string): Promise<void> {
  const tab = page.getByRole('tab', { name });
  await expect
    .poll(
      async () => {
        await tab.click();
        return queryOf(page);
      },
      { timeout, interval: 1_000 },
    )
    .toContain(name);
}

/** The names of the operations in the address and in the tab that is kept: both are written a moment after a tab is shown. */
const notedOf = (page: Page) =>
  page.evaluate(() => {
    const nameIn = (text: string) => /^(?!#).*(?:query|subscription|mutation)\s+(\w+)/m.exec(text)?.[1];
    const kept = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
    return {
      address: nameIn(new URLSearchParams(location.search).get('query') ?? ''),
      tab: nameIn(kept.tabs?.[kept.activeTabIndex]?.query ?? ''),
    };
  });

async function run(page: Page): Promise<void> {
  await page.locator('.graphiql-execute-button').click();
  // GraphiQL works out which operations there are a moment after it shows them.
  if ((await resultOf(page)).includes('Cannot infer operation')) await page.locator('.graphiql-execute-button').click();
}

const names = [
  'Conversations',
  'Search',
  'LiveSummary',
  'CreateConversation',
  'Export',
  'Upload',
  'ConnectAccount',
  'Stats',
];

inBrowser('GraphiQL', () => {
  const start = (env: Record<string, string> = {}): Promise<TestGateway> =>
    startGateway({ env: { DEMO_DATA: 'true', ...env } });

  test('runs the first example, and the one that listens has something to tell by itself; no other host is asked', async () => {
    await using gateway = await start();
    await using browser = await startBrowser();
    const context = await browser.newContext({ viewport });
    const hosts = new Set<string>();
    const problems: string[] = [];
    context.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) hosts.add(new URL(request.url()).host);
    });
    context.on('weberror', (err) => problems.push(err.error().message));
    const page = await openGraphiql(context, `${gateway.url}/graphql`);
    // The key is filled in, since there are demo data: the first example works as it stands.
    await run(page);
    await expect.poll(() => resultOf(page), { timeout }).toContain('Refund of a double charge');
    expect(await page.locator('.graphiql-tab').count()).toBe(names.length);

    await openTab(page, 'LiveSummary');
    await run(page);
    await expect.poll(() => resultOf(page), { timeout }).toContain('"status": "COMPLETED"');
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
  });

  test(
    'a reload after each tab shows that tab, and its address opens the same query in another browser',
    async () => {
      await using gateway = await start();
      await using browser = await startBrowser();
      const context = await browser.newContext({ viewport });
      const page = await openGraphiql(context, `${gateway.url}/graphql`);
      // The first is open at first, and in no address until it was left.
      for (const name of [...names.slice(1), ...names.slice(0, 1)]) {
        await openTab(page, name);
        await expect.poll(() => notedOf(page), { timeout }).toEqual({ address: name, tab: name });
        await page.reload();
        await page.locator('.graphiql-execute-button').waitFor({ timeout });
        await expect.poll(() => queryOf(page), { timeout }).toContain(name);
        expect(await page.locator('.graphiql-tab').count()).toBe(names.length);
      }
      await openTab(page, 'Search');
      await expect.poll(() => notedOf(page), { timeout }).toEqual({ address: 'Search', tab: 'Search' });
      const pasted = await openGraphiql(await browser.newContext({ viewport }), page.url());
      await expect.poll(() => queryOf(pasted), { timeout }).toContain('query Search');

      const link = `${gateway.url}/graphql?query=${encodeURIComponent('query Shared { viewer { scopes } }')}`;
      const other = await openGraphiql(await browser.newContext({ viewport }), link);
      await expect.poll(() => queryOf(other), { timeout }).toContain('query Shared');
      await run(other);
      await expect.poll(() => resultOf(other), { timeout }).toContain('"scopes"');
    },
    reloadsTimeoutMs,
  );

  test('a second visit begins where the first one ended', async () => {
    await using gateway = await start();
    await using browser = await startBrowser();
    const context = await browser.newContext({ viewport });
    const first = await openGraphiql(context, `${gateway.url}/graphql`);
    await openTab(first, 'Stats');
    await expect.poll(() => notedOf(first), { timeout }).toEqual({ address: 'Stats', tab: 'Stats' });
    await first.close();
    const second = await openGraphiql(context, `${gateway.url}/graphql`);
    await expect.poll(() => queryOf(second), { timeout }).toContain('query Stats');
    expect(await second.locator('.graphiql-tab').count()).toBe(names.length);
  });

  test('a key that is not valid any more is told, with how to get another', async () => {
    await using gateway = await start();
    await using browser = await startBrowser();
    const context = await browser.newContext({ viewport });
    const page = await openGraphiql(context, `${gateway.url}/graphql`);
    await gateway.app.database.prisma.apiKey.updateMany({ data: { revokedAt: new Date() } });
    await run(page);
    const alert = page.getByRole('alert').filter({ hasText: 'npm run admin -- key add' });
    await alert.waitFor({ timeout });
    // A page that is opened now is not given the key any more.
    const html = await (await gateway.fetch('/graphql', { headers: { accept: 'text/html' } })).text();
    expect(html).not.toContain(gateway.apiKey);
  });

  test('of a server that keeps its schema to itself, its docs say so in a sentence, and queries run', async () => {
    await using gateway = await start({ INTROSPECTION: 'false' });
    await using browser = await startBrowser();
    const page = await openGraphiql(await browser.newContext({ viewport }), `${gateway.url}/graphql`);
    await page.getByRole('button', { name: 'Documentation Explorer' }).click();
    const docs = page.locator('.graphiql-doc-explorer');
    await expect.poll(() => docs.innerText(), { timeout }).toContain('This server keeps its schema to itself');
    expect(await docs.innerText()).not.toContain('Error');
    await run(page);
    await expect.poll(() => resultOf(page), { timeout }).toContain('Refund of a double charge');
  });
});
