import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { startWebhookReceiver } from '../testkit/servers/webhook-receiver.ts';
import { startAiMyChats } from '../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

const timeoutMs = 180_000;

inBrowser('The console’s account', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([startBrowser(), startGateway()]);
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close()]));

  test('connects an upstream, refuses a bad key at once, and shows what is read', { timeout: timeoutMs }, async () => {
    await using api = await startAiMyChats({
      conversations: [{ title: 'From far away', content: 'Ann: Where is my parcel?' }],
    });
    const { page, hosts, problems } = await openConsole(browser, gateway, { path: '/upstreams' });
    await page.getByText('No account is connected').waitFor();
    await page.getByRole('button', { name: 'Connect an account' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Its API key').fill('aimc_nobody');
    await dialog.getByText('More settings').click();
    await dialog.getByLabel('Address').fill(api.url);
    await dialog.getByLabel('Seconds between syncs').fill('86400');
    await dialog.getByRole('button', { name: 'Connect' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Its API key').fill(api.apiKey);
    await dialog.getByRole('button', { name: 'Connect' }).click();

    const card = page.getByRole('listitem').filter({ hasText: api.url });
    await card.getByText('Up to date').waitFor();
    await expect.poll(() => card.locator('.facts').innerText()).toMatch(/Conversations\s+1/);
    // Nothing tells this server of a new one: a sync finds it.
    expect(await card.locator('.facts').innerText()).toMatch(/Next sync\s+in 24 hr/);
    api.conversations.add({ title: 'Another one', content: 'Ben: And mine?' });
    await card.getByRole('button', { name: 'Sync now' }).click();
    await expect.poll(() => card.locator('.facts').innerText()).toMatch(/Conversations\s+2/);

    await card.getByRole('button', { name: 'Pause' }).click();
    await card.getByText('Paused').waitFor();
    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.getByRole('link', { name: /From far away/ }).waitFor();
    await page.getByRole('link', { name: 'Upstreams' }).click();
    await card.getByRole('button', { name: /More for/ }).click();
    await page.getByRole('menuitem', { name: 'Disconnect…' }).click();
    await page.getByRole('button', { name: 'Disconnect it' }).click();
    await page.getByText('No account is connected').waitFor();
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
  });

  test('exports, shows how far it is, and hands it over', { timeout: timeoutMs }, async () => {
    await createConversation(gateway, { title: 'To be exported' });
    const { page, problems } = await openConsole(browser, gateway, { path: '/exports?all' });
    await page.getByText(/All: 1 conversation/).waitFor();
    await page.getByRole('combobox', { name: 'Format' }).click();
    await page.getByRole('option', { name: /JSON: one document/ }).click();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByText('Ready').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))).toContain('To be exported');
    expect(problems).toEqual([]);
  });

  test('counts, and a click on a figure opens what was counted', { timeout: timeoutMs }, async () => {
    await createConversation(gateway, { title: 'Of sales', segment: 'sales' });
    const { page, problems } = await openConsole(browser, gateway, { path: '/stats' });
    const segments = page.getByRole('region', { name: 'Segments' });
    await segments.getByRole('button', { name: /sales/ }).click();
    await page.getByRole('link', { name: /Of sales/ }).waitFor();
    expect(await page.locator('[data-id]').count()).toBe(1);
    expect(new URL(page.url()).searchParams.getAll('segment')).toEqual(['sales']);

    await page.goBack();
    await page.locator('.recharts-bar-rectangle path').last().click();
    await page.getByRole('heading', { name: /Inbox/ }).waitFor();
    const today = new Date().toISOString().slice(0, 10);
    expect(new URL(page.url()).search).toBe(`?from=${today}&to=${today}`);
    await page.getByRole('link', { name: /Of sales/ }).waitFor();
    expect(problems).toEqual([]);
  });

  test('makes a webhook, sends it a test, and shows what became of it', { timeout: timeoutMs }, async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answer({ status: 500 });
    const { page, problems } = await openConsole(browser, gateway, { path: '/settings/webhooks' });
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByRole('button', { name: 'Make it' }).click();
    const secret = await page.getByRole('textbox', { name: 'Signing secret' }).inputValue();
    expect(secret).toMatch(/^whsec_/);
    // Nothing shows it again: it is not lost by a key.
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Will be tried again').waitFor();
    await page.getByText(/answered 500/).waitFor();
    receiver.answer({ status: 200 });
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Delivered').waitFor();
    expect(receiver.received.length).toBe(2);
    expect(problems).toEqual([]);
  });

  test('makes a key, shows it once, and takes it back', { timeout: timeoutMs }, async () => {
    const { page, problems } = await openConsole(browser, gateway, { path: '/settings/keys' });
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.locator('.wrong').waitFor();
    await page.getByLabel('Name').fill('Nightly report');
    await page.getByRole('button', { name: 'Make it' }).click();
    const apiKey = await page.getByRole('textbox', { name: 'Key', exact: true }).inputValue();
    await page.getByRole('button', { name: 'I have it' }).click();
    const read = () => gateway.graphql('{ conversations { nodes { id } } }', {}, { apiKey });
    expect((await read()).status).toBe(200);
    expect(await page.content()).not.toContain(apiKey);

    await page.getByRole('row').filter({ hasText: 'Nightly report' }).getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('Weekly report');
    await page.getByRole('combobox', { name: 'Expires' }).click();
    await page.getByRole('option', { name: 'Never' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Weekly report' });
    await row.getByText('Does not expire').waitFor();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await row.getByText('Revoked').waitFor();
    expect((await read()).status).toBe(401);
    expect(problems).toEqual([]);
  });

  test('tells a key that may only read what it may not', { timeout: timeoutMs }, async () => {
    const { body } = await gateway.graphql<{ createApiKey: { secret: string } }>(
      `mutation {
        createApiKey(input: { name: "Reader", scopes: ["conversations:read"] }) {
          ... on CreateApiKeyPayload { secret }
        }
      }`,
    );
    const apiKey = body.data?.createApiKey.secret ?? '';
    const { id } = await createConversation(gateway, { title: 'To be read alone' });
    const { page, problems } = await openConsole(browser, { ...gateway, apiKey });
    await page.locator(`[data-id="${id}"]`).click();
    await page.getByRole('region', { name: 'Summary' }).waitFor();
    for (const address of ['/settings/keys', '/settings/webhooks']) {
      await page.goto(new URL(address, gateway.url).href);
      await page.getByText('This key may not do that').first().waitFor();
      expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(1);
    }
    expect(problems).toEqual([]);
  });
});
