import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findFaults, untilStill } from '../testkit/browser/axe.ts';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole, openPage } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { importFile } from '../testkit/files/imports.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { startAiMyChats } from '../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

const timeoutMs = 240_000;
inBrowser('The console for everybody', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  let api: Awaited<ReturnType<typeof startAiMyChats>>;
  let conversationId: string;
  let webhookId: string;
  beforeAll(async () => {
    [browser, gateway, api] = await Promise.all([startBrowser(), startGateway(), startAiMyChats()]);
    const messages = [
      { role: 'USER' as const, content: 'My order 1042 came broken. I am quite annoyed. Can I have a refund?' },
      { role: 'ASSISTANT' as const, content: 'I am sorry. I will send the refund today.' },
    ];
    const input = { title: 'A broken order', content: null, messages, segment: 'support', metadata: { order: 1042 } };
    conversationId = (await createConversation(gateway, input)).id;
    const summary = { where: { status: 'COMPLETED' as const } };
    await vi.waitUntil(() => gateway.app.database.prisma.summary.count(summary), { timeout: timeoutMs, interval: 100 });
    const { body } = await gateway.graphql<{ webhook: { webhook: { id: string } } }>(
      `mutation($url: String!, $key: String!) {
        webhook: createWebhook(input: { url: "https://hooks.example.com/in", events: ["summary.generated"] }) {
          ... on CreateWebhookPayload { webhook { id } }
        }
        createExport(input: { format: CSV }) { __typename }
        connectUpstream(input: { provider: AI_MY_CHATS, baseUrl: $url, apiKey: $key }) { __typename }
      }`,
      { url: api.url, key: api.apiKey },
    );
    await importFile(gateway, 'chats.jsonl', '{}\nno JSON\n');
    webhookId = body.data?.webhook.webhook.id ?? '';
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close(), api.close()]));

  const pages: [string, () => string, string][] = [
    ['inbox', () => '/', '[data-id]'],
    ['search', () => '/?q=refund', '[data-id] mark'],
    ['conversation', () => `/conversations/${conversationId}`, '.summary'],
    ['stats', () => '/stats', '.recharts-surface'],
    ['upstreams', () => '/upstreams', '.upstream'],
    ['exports', () => '/exports', '.table'],
    ['imports', () => '/imports', '.outcome summary'],
    ['webhooks', () => '/settings/webhooks', '.table'],
    ['deliveries', () => `/settings/webhooks/${webhookId}`, '.empty'],
    ['keys', () => '/settings/keys', '.table'],
    ['audit', () => '/settings/audit', '.table'],
    ['nothing', () => '/settings/nothing', '.empty'],
  ];
  describe.each(['light', 'dark'] as const)('in %s', (theme) => {
    test('axe finds nothing at the sign-in', { timeout: timeoutMs }, async () => {
      const { page } = await openPage(browser, { theme });
      await page.goto(gateway.url);
      await page.getByLabel('API key').waitFor();
      expect(await findFaults(page)).toEqual([]);
      await page.close();
    });

    test.each([1400, 390])('axe finds nothing on any page, %i pixels wide', { timeout: timeoutMs }, async (width) => {
      const { page, problems } = await openConsole(browser, gateway, { theme, width });
      for (const [name, pathOf, shown] of pages) {
        await page.goto(new URL(pathOf(), gateway.url).href);
        await page.locator(shown).first().waitFor();
        await untilStill(page);
        expect(await findFaults(page), name).toEqual([]);
        const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        expect(isTooWide, `${name} scrolls sideways`).toBe(false);
        if (process.env['SCREENSHOTS'] !== undefined) {
          await page.screenshot({ path: `${process.env['SCREENSHOTS']}/${name}-${theme}-${width}.png` });
        }
      }
      expect(problems).toEqual([]);
      await page.close();
    });
  });

  test('everything is reached by the keyboard', { timeout: timeoutMs }, async () => {
    const { page } = await openConsole(browser, gateway);
    await page.locator('[data-id]').first().waitFor();
    await page.keyboard.press('j');
    await page.waitForFunction(() => document.activeElement?.hasAttribute('data-id'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'A broken order' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Pick a conversation').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Stats' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    // Turned off, the keys do nothing.
    expect(new URL(page.url()).pathname).toBe('/stats');
  });
});
