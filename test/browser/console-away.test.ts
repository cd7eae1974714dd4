import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { newTestKey, startGateway } from '../testkit/gateway.ts';

const timeoutMs = 180_000;

inBrowser('The console without its gateway', () => {
  test('says that it is away, and catches up when it is back', { timeout: timeoutMs }, async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'convograph-away-'));
    const env = { BOOTSTRAP_API_KEY: newTestKey(), DEMO_DATA: 'false' };
    try {
      await using browser = await startBrowser();
      const before = await startGateway({ dataDir, env });
      const { port } = new URL(before.url);
      const { page, problems } = await openConsole(browser, before);
      await page.getByText('No conversations yet').waitFor();
      await before.close();
      await page.getByText('The gateway does not answer').first().waitFor();
      await page.getByText(/Trying again in \d+ s|Trying now/).waitFor();

      await using after = await startGateway({ dataDir, env: { ...env, PORT: port } });
      const { id } = await createConversation(after, { title: 'Made meanwhile' });
      await page.locator(`[data-id="${id}"]`).waitFor();
      await page.getByText('The gateway does not answer').first().waitFor({ state: 'detached' });
      // Live again, without a reload.
      const second = await createConversation(after, { title: 'Made afterwards' });
      await page.locator(`[data-id="${second.id}"]`).waitFor();
      expect(problems).toEqual([]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test('signs out, and says why, when its key is taken back', { timeout: timeoutMs }, async () => {
    await using gateway = await startGateway();
    await using browser = await startBrowser();
    const { page } = await openConsole(browser, gateway, { path: '/settings/keys' });
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('you will be signed out').waitFor();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByText('This key is not valid, or not any more').waitFor();
    await page.getByLabel('API key').waitFor();
  });
});
