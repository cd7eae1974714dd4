import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { mailbox, whatsAppChat } from '../testkit/chat-files.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';

const timeoutMs = 180_000;

/** Drops a file on the page, as by hand. */
async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([filename, content]) => {
      const held = new DataTransfer();
      held.items.add(new File([content ?? ''], filename ?? ''));
      return held;
    },
    [name, text],
  );
  const target = page.getByRole('heading', { name: 'Imports' });
  await target.dispatchEvent('dragover', { dataTransfer });
  await page.getByText('Drop the files to import them').waitFor();
  await target.dispatchEvent('drop', { dataTransfer });
}

inBrowser('The console’s imports', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([startBrowser(), startGateway()]);
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close()]));

  test('a chat is chosen, tried, imported, and changes nothing when it comes again', {
    timeout: timeoutMs,
  }, async () => {
    const { page, hosts, problems } = await openConsole(browser, gateway, { path: '/imports' });
    await page.getByText('Nothing imported yet').waitFor();
    const chat = { name: 'WhatsApp Chat with Bo.txt', mimeType: 'text/plain', buffer: Buffer.from(whatsAppChat) };
    const choose = async (button: 'Try it first' | 'Import') => {
      await page.getByLabel('Files to import').setInputFiles(chat);
      const dialog = page.getByRole('dialog', { name: 'Import a file' });
      await dialog.getByLabel('Who answers').fill('Bo');
      await dialog.getByRole('button', { name: button, exact: true }).click();
    };
    const rows = page.getByRole('row').filter({ hasText: chat.name });
    await choose('Try it first');
    await rows.getByText('1 conversation would be new, with 3 messages').waitFor();
    const count = () => gateway.app.database.prisma.conversation.count();
    expect(await count()).toBe(0);

    // Its file is still at hand.
    await rows.getByRole('button', { name: 'Import it' }).click();
    await rows.getByText('1 conversation new, with 3 messages').waitFor();
    await choose('Import');
    await rows.getByText('1 there already').waitFor();
    expect(await count()).toBe(1);
    expect(await rows.count()).toBe(3);

    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.getByRole('link', { name: /WhatsApp: Bo/ }).click();
    await page.getByText('It is.').waitFor();
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
  });

  test('a mailbox is dropped; what is left out of another file is told, and why', { timeout: timeoutMs }, async () => {
    const { page, problems } = await openConsole(browser, gateway, { path: '/imports' });
    await page.getByRole('heading', { name: 'Imports' }).waitFor();
    await dropFile(page, 'mail.mbox', mailbox);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const mail = page.getByRole('row').filter({ hasText: 'mail.mbox' });
    await mail.getByText('2 conversations new, with 3 messages').waitFor();
    await mail.getByText('Imported').waitFor();

    // Rows of a try before are there still.
    const name = `broken-${Date.now()}.jsonl`;
    await dropFile(page, name, '{"title": "Whole", "content": "Hello"}\nno JSON\n');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const broken = page.getByRole('row').filter({ hasText: name });
    await broken.getByText('1 left out: why').click();
    await broken.getByText('line 2: it is not JSON').waitFor();

    await dropFile(page, 'picture.png', '\u0089PNG');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'picture.png' }).getByText('none of what is known').waitFor();
    expect(problems).toEqual([]);
  });
});
