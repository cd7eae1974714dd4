import { expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser.ts';
import { startGateway } from '../testkit/gateway.ts';

inBrowser('GraphiQL', () => {
  test('runs the example query and the example subscription, and asks no other host', async () => {
    await using gateway = await startGateway({ env: { DEMO_DATA: 'true' } });
    await using browser = await startBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const hosts = new Set<string>();
    const problems: string[] = [];
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) hosts.add(new URL(request.url()).host);
    });
    page.on('pageerror', (err) => problems.push(err.message));
    await page.goto(`${gateway.url}/graphql`);
    const run = page.locator('.graphiql-execute-button');
    const result = page.locator('.result-window');
    /** The editor draws spaces as ones that do not break. */
    const shown = async () => (await result.innerText()).replaceAll('\u00a0', ' ');
    await run.waitFor();
    // The key is filled in, since there are demo data: the first example works as it stands.
    await run.click();
    await expect.poll(shown, { timeout: 15_000 }).toContain('Refund of a double charge');

    const tabs = page.locator('.graphiql-tab');
    expect(await tabs.count()).toBe(5);
    const tab = page.getByRole('tab', { name: /SummaryStatus/ });
    const editor = page.locator('.graphiql-query-editor');
    await expect
      .poll(
        async () => {
          await tab.click();
          return editor.innerText();
        },
        { timeout: 15_000, interval: 1_000 },
      )
      .toContain('subscription');
    await run.click();
    await expect
      .poll(
        async () => {
          // GraphiQL works out which operations there are a moment after it shows them.
          if ((await shown()).includes('Cannot infer operation')) await run.click();
          await gateway.graphql(
            'mutation { createConversation(input: {title: "Prices", content: "What does it cost?"}) { __typename } }',
          );
          return shown();
        },
        { timeout: 15_000, interval: 500 },
      )
      .toContain('summaryStatusChanged');
    if (process.env['SCREENSHOTS'] !== undefined)
      await page.screenshot({ path: `${process.env['SCREENSHOTS']}/graphiql.png` });
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
  });

  test('of a server that keeps its schema to itself, its docs say so in a sentence, and queries run', async () => {
    await using gateway = await startGateway({ env: { INTROSPECTION: 'false', DEMO_DATA: 'true' } });
    await using browser = await startBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(`${gateway.url}/graphql`);
    await page.getByRole('button', { name: 'Documentation Explorer' }).click();
    const docs = page.locator('.graphiql-doc-explorer');
    await expect.poll(() => docs.innerText(), { timeout: 15_000 }).toContain('This server keeps its schema to itself');
    expect(await docs.innerText()).not.toContain('Error');
    await page.locator('.graphiql-execute-button').click();
    const result = page.locator('.result-window');
    await expect.poll(() => result.innerText(), { timeout: 15_000 }).toContain('totalCount');
    if (process.env['SCREENSHOTS'] !== undefined)
      await page.screenshot({ path: `${process.env['SCREENSHOTS']}/graphiql-untold.png` });
  });
});
