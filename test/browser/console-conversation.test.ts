import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { startOpenAiServer } from '../testkit/servers/openai-server.ts';

const timeoutMs = 180_000;
const messages = [
  { role: 'USER' as const, content: 'My parcel came broken. Can I have my money back?' },
  { role: 'ASSISTANT' as const, content: 'I am sorry to hear that. I will send the refund today.' },
];

async function readTitle(gateway: TestGateway, id: string): Promise<string | null> {
  const { body } = await gateway.graphql<{ conversation: { title: string } | null }>(
    'query($id: ID!) { conversation(id: $id) { title } }',
    { id },
  );
  return body.data?.conversation?.title ?? null;
}

inBrowser('The console’s conversation', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([startBrowser(), startGateway()]);
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close()]));

  test('shows where a citation was said, and a new version as it is made', { timeout: timeoutMs }, async () => {
    const summary = {
      title: 'A refund for a broken parcel',
      summary: 'A parcel came broken, and its price is paid back.',
      sentiment: 'NEGATIVE',
      topics: ['refund'],
      action_items: [{ text: 'Send the refund', quote: 'I will send the refund today.' }],
      quotes: ['My parcel came broken.'],
    };
    const { promise: isSeen, resolve: letGo } = Promise.withResolvers<void>();
    await using model = await startOpenAiServer([
      { kind: 'answer', content: summary },
      { kind: 'answer', content: { ...summary, summary: '- Broken\n- Paid back' }, after: isSeen },
    ]);
    const env = { SUMMARIZER: 'openai', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk_test', OPENAI_MODEL: 'm' };
    await using slow = await startGateway({ env });
    const { id } = await createConversation(slow, { title: 'A refund', content: null, messages });
    const { page, problems } = await openConsole(browser, slow, { path: `/conversations/${id}` });
    const card = page.getByRole('region', { name: 'Summary' });
    await card.getByText('Version 1, concise').waitFor();
    const cite = card.locator('.cites .cite').first();
    await cite.click();
    const mark = page.locator('.message mark.shown');
    await mark.waitFor();
    expect(await mark.innerText()).toBe('My parcel came broken.');
    await card.locator('.todo .cite').click();
    await expect.poll(() => mark.innerText()).toBe('I will send the refund today.');

    await page.keyboard.press('r');
    await page.getByRole('combobox', { name: 'Style' }).click();
    await page.getByRole('option', { name: 'Bullet points' }).click();
    await page.getByRole('button', { name: 'Summarise', exact: true }).click();
    await card.getByText('Version 2 is being made').waitFor();
    await page.locator(`[data-id="${id}"]`).getByText('Summarising').waitFor();
    letGo();
    await card.getByText('Version 2, bullet points').waitFor();
    await card.getByText('Version 2 is being made').waitFor({ state: 'detached' });
    await page.locator(`[data-id="${id}"]`).getByText('Summarising').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Compare 2 versions' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Version 1, concise').waitFor();
    await dialog.getByText('Version 2, bullet points').waitFor();
    expect(problems).toEqual([]);
  });

  test('takes files, and gives them back', { timeout: timeoutMs }, async () => {
    const { id } = await createConversation(gateway, { title: 'With files' });
    const { page, problems } = await openConsole(browser, gateway, { path: `/conversations/${id}` });
    const files = page.getByRole('region', { name: 'Files' });
    await files.getByRole('button', { name: 'Add' }).waitFor();
    const bytes = Buffer.from('a note about the parcel');
    await page.getByLabel('Files to add').setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: bytes });
    const link = files.getByRole('link', { name: 'note.txt' });
    await link.waitFor();

    // Dropped on the conversation, as from a folder.
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['{"broken":true}'], 'parcel.json', { type: 'application/json' }));
      document
        .querySelector('.conversation')
        ?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    });
    await files.getByRole('link', { name: 'parcel.json' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect(problems).toEqual([]);
  });

  test('is edited, deleted, and brought back in time', { timeout: timeoutMs }, async () => {
    const { id } = await createConversation(gateway, { title: 'Old name', metadata: { plan: 'pro', seats: 3 } });
    const { page, problems } = await openConsole(browser, gateway, { path: `/conversations/${id}` });
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Title').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.wrong').first().waitFor();
    await page.getByLabel('Title').fill('New name');
    await page.getByLabel('Value of seats').fill('4');
    await page.getByRole('button', { name: 'Remove plan' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'New name' }).waitFor();
    const { body } = await gateway.graphql('query($id: ID!) { conversation(id: $id) { title metadata } }', { id });
    expect(body.data).toEqual({ conversation: { title: 'New name', metadata: { seats: 4 } } });

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator(`[data-id="${id}"]`).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator(`[data-id="${id}"]`).waitFor();
    expect(await readTitle(gateway, id)).toBe('New name');

    await page.locator(`[data-id="${id}"]`).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator(`[data-id="${id}"]`).waitFor({ state: 'detached' });
    // Whoever closes the page cannot take it back any more: it is deleted then.
    await page.goto(`${gateway.url}/healthz`);
    await expect.poll(() => readTitle(gateway, id)).toBeNull();
    expect(problems).toEqual([]);
  });

  test('is deleted and fetched back by keys, and the focus goes to the one beside it', {
    timeout: timeoutMs,
  }, async () => {
    const beside = (await createConversation(gateway, { title: 'Beside it' })).id;
    const { id } = await createConversation(gateway, { title: 'Gone by mistake' });
    const { page, problems } = await openConsole(browser, gateway, { path: `/conversations/${id}` });
    await page.getByRole('heading', { name: 'Gone by mistake' }).waitFor();
    await page.locator(`[data-id="${beside}"]`).waitFor();
    await page.keyboard.press('#');
    await page.locator(`[data-id="${id}"]`).waitFor({ state: 'detached' });
    await page.waitForFunction((each) => document.activeElement?.getAttribute('data-id') === each, beside);
    await page.keyboard.press('z');
    await page.locator(`[data-id="${id}"]`).waitFor();
    await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
    expect(await readTitle(gateway, id)).toBe('Gone by mistake');
    expect(problems).toEqual([]);
    await page.close();
  });
});
