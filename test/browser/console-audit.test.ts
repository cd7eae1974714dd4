import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

const timeoutMs = 180_000;
const perPage = 50;

async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

inBrowser('The console’s audit log', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  let readersKey: string;
  let conversationId: string;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([startBrowser(), startGateway()]);
    const { body } = await gateway.graphql<{ createApiKey: { secret: string } }>(
      `mutation {
        createApiKey(input: { name: "Reader", scopes: ["conversations:read"] }) { ... on CreateApiKeyPayload { secret } }
      }`,
    );
    readersKey = body.data?.createApiKey.secret ?? '';
    conversationId = (await createConversation(gateway)).id;
    const remove = 'mutation($id: ID!) { deleteConversation(input: { id: $id }) { __typename } }';
    await gateway.graphql(remove, { id: conversationId }, { apiKey: readersKey });
    for (let count = 0; count < perPage; count++) await createConversation(gateway, { title: `One of many ${count}` });
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close()]));

  test('is narrowed by what became of it, by the key and by what it was done to, and the address says so', {
    timeout: timeoutMs,
  }, async () => {
    const { page, hosts, problems } = await openConsole(browser, gateway, { path: '/settings/audit' });
    const rows = page.locator('.table tbody tr');
    await rows.filter({ hasText: 'createConversation' }).first().waitFor();
    await choose(page, 'Outcome', 'Refused');
    const refused = rows.filter({ hasText: 'deleteConversation' });
    await refused.getByText('ForbiddenError').waitFor();
    await rows.filter({ hasText: 'createConversation' }).first().waitFor({ state: 'detached' });
    await choose(page, 'Key', /^Reader/);
    await choose(page, 'Time', 'Last hour');
    await refused.getByText('Reader').waitFor();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ outcome: 'REFUSED', since: 'hour' });
    await page.reload();
    await refused.waitFor();
    expect(await page.getByRole('combobox', { name: 'Outcome' }).innerText()).toBe('Refused');

    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('searchbox', { name: 'Done to' }).fill(conversationId);
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByRole('link', { name: conversationId }).first().click();
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(new URL(page.url()).pathname).toBe(`/conversations/${conversationId}`);
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('is read page by page, by keys too', { timeout: timeoutMs }, async () => {
    const { page, problems } = await openConsole(browser, gateway, { path: '/settings/audit' });
    const rows = page.locator('.table tbody tr');
    await expect.poll(() => rows.count()).toBe(perPage);
    const newest = await rows.first().innerText();
    const older = page.getByRole('button', { name: 'Older' });
    await older.focus();
    await page.keyboard.press('Enter');
    await rows.filter({ hasText: 'createApiKey' }).waitFor();
    // At the list's end it is still there, and does nothing.
    expect(await older.getAttribute('aria-disabled')).toBe('true');
    expect(await older.evaluate((each) => each === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Newer' }).click();
    await expect.poll(() => rows.first().innerText()).toBe(newest);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('is not for a key that may only read, which is told so', { timeout: timeoutMs }, async () => {
    const { page, problems } = await openConsole(
      browser,
      { ...gateway, apiKey: readersKey },
      { path: '/settings/audit' },
    );
    await page.getByText('This key may not do that').first().waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });
});
