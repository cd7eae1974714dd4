import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findFaults, untilStill } from '../testkit/browser/axe.ts';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { startAiMyChats } from '../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

const timeoutMs = 240_000;

type Opening = {
  path: string;
  /** What opens it. */
  opener(page: Page): Locator;
  /** What is open then. */
  opened(page: Page): Locator;
  width?: number;
};

const dialog = (name: string | RegExp) => (page: Page) => page.getByRole('dialog', { name });
const button = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first();
const exactButton = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).first();

inBrowser('What opens above the console’s pages', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let gateway: TestGateway;
  let api: Awaited<ReturnType<typeof startAiMyChats>>;
  let conversation: string;
  beforeAll(async () => {
    [browser, gateway, api] = await Promise.all([startBrowser(), startGateway(), startAiMyChats()]);
    const messages = [{ role: 'USER' as const, content: 'Can I have a refund?' }];
    const { id } = await createConversation(gateway, { title: 'A broken order', content: null, messages });
    conversation = `/conversations/${id}`;
    const untilSummaries = (count: number) =>
      vi.waitUntil(
        async () => (await gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } })) >= count,
        { timeout: timeoutMs, interval: 100 },
      );
    await untilSummaries(1);
    await gateway.graphql(
      `mutation($id: ID!, $url: String!, $key: String!) {
        regenerateSummary(input: { conversationId: $id, style: BULLETS }) { __typename }
        createWebhook(input: { url: "https://hooks.example.com/in", events: ["summary.generated"] }) { __typename }
        connectUpstream(input: { provider: AI_MY_CHATS, baseUrl: $url, apiKey: $key }) { __typename }
      }`,
      { id, url: api.url, key: api.apiKey },
    );
    await untilSummaries(2);
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), gateway.close(), api.close()]));

  const at = (path: string, opener: Opening['opener'], opened: Opening['opened']): Opening => ({
    path,
    opener,
    opened,
  });
  const openings: [string, () => Opening][] = [
    ['a new conversation', () => at('/', exactButton('New'), dialog('New conversation'))],
    ['a filter', () => at('/', button('Sentiment'), (page) => page.getByRole('menu'))],
    ['days', () => at('/', exactButton('Date'), dialog('Began'))],
    ['all shortcuts', () => at('/', button('Shortcuts'), dialog('Keyboard shortcuts'))],
    ['another summary', () => at(conversation, button('Summarise anew'), dialog('A new version'))],
    ['two versions', () => at(conversation, button('Compare 2 versions'), dialog('Versions of the summary'))],
    ['a change', () => at(conversation, exactButton('Edit'), dialog('Edit the conversation'))],
    [
      'a choice',
      () =>
        at(
          '/stats',
          (page) => page.getByRole('combobox').first(),
          (page) => page.getByRole('listbox'),
        ),
    ],
    ['an account', () => at('/upstreams', button('Connect an account'), dialog('Connect an account'))],
    ['settings', () => at('/upstreams', exactButton('Settings'), dialog(/Settings of/))],
    ['more of an account', () => at('/upstreams', button(/More for/), (page) => page.getByRole('menu'))],
    ['an export', () => at('/exports', button('New export'), dialog('New export'))],
    ['a webhook', () => at('/settings/webhooks', button('New webhook'), dialog('New webhook'))],
    ['a webhook’s change', () => at('/settings/webhooks', exactButton('Edit'), dialog('Edit the webhook'))],
    ['a webhook’s end', () => at('/settings/webhooks', exactButton('Delete'), dialog('Delete the webhook?'))],
    ['a key', () => at('/settings/keys', button('New key'), dialog('New key'))],
    ['a key’s change', () => at('/settings/keys', exactButton('Edit'), dialog(/Edit/))],
    ['a key’s end', () => at('/settings/keys', exactButton('Revoke'), dialog(/Revoke/))],
    ['more pages', () => ({ ...at('/', exactButton('More'), (page) => page.getByRole('menu')), width: 390 })],
  ];

  describe.each(['light', 'dark'] as const)('in %s', (theme) => {
    test.each(openings)(
      '%s: opened by a key, without a fault, closed by Escape, and the focus is back',
      { timeout: timeoutMs },
      async (_what, make) => {
        const { path, opener, opened, width = 1400 } = make();
        const { page, problems } = await openConsole(browser, gateway, { theme, width, path });
        await untilStill(page);
        await opener(page).focus();
        await page.keyboard.press('Enter');
        await opened(page).waitFor();
        await untilStill(page);
        expect(await findFaults(page)).toEqual([]);
        await vi.waitFor(async () => {
          expect(await opened(page).evaluate((each) => each.contains(document.activeElement))).toBe(true);
        });
        const isWithin = await opened(page).evaluate((each) => {
          const { left, right, top, bottom } = each.getBoundingClientRect();
          return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
        });
        expect(isWithin, 'it is on the screen').toBe(true);
        await page.keyboard.press('Escape');
        await opened(page).waitFor({ state: 'detached' });
        await vi.waitFor(async () => {
          expect(await opener(page).evaluate((each) => each === document.activeElement)).toBe(true);
        });
        expect(problems).toEqual([]);
        await page.close();
      },
    );
  });
});
