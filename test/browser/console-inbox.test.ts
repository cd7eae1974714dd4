import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole, openPage } from '../testkit/browser/console.ts';
import { createConversation } from '../testkit/conversations.ts';
import { startGateway, type TestGateway } from '../testkit/gateway.ts';
import { seedConversations } from '../testkit/seed-conversations.ts';

/** A browser and a demo are much to start where the machine has much to do. */
const timeoutMs = 180_000;

inBrowser('The console’s inbox', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let demo: TestGateway;
  beforeAll(async () => {
    [browser, demo] = await Promise.all([startBrowser(), startGateway({ env: { DEMO_DATA: 'true' } })]);
  }, timeoutMs);
  afterAll(() => Promise.all([browser.close(), demo.close()]));

  test('takes a key, says what is wrong with a bad one, and asks no other host', { timeout: timeoutMs }, async () => {
    const gateway = demo;
    const { page, hosts, problems } = await openPage(browser);
    await page.goto(gateway.url);
    await page.getByLabel('API key').fill('ak_nobody');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This key is not valid').waitFor();
    await page.getByLabel('API key').fill(gateway.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: /Inbox/ }).waitFor();
    await page.getByRole('link', { name: /Charged twice in March/ }).waitFor();

    // Kept for the tab alone.
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.getItem('convograph.key')]);
    expect(kept).toEqual([0, gateway.apiKey]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /demo’s key/ }).click();
    await page.getByRole('link', { name: /Charged twice in March/ }).click();
    await page.getByRole('heading', { name: 'Charged twice in March' }).waitFor();
    expect([...hosts]).toEqual([new URL(gateway.url).host]);
    expect(problems).toEqual([]);
  });

  test('shows a conversation that comes in, and what becomes of it, without a reload', {
    timeout: timeoutMs,
  }, async () => {
    await using gateway = await startGateway();
    const { page, problems } = await openConsole(browser, gateway);
    await page.getByText('No conversations yet').waitFor();
    const content = 'Ann: My mug came broken.\nSupport: I will send a new one today.';
    const { id } = await createConversation(gateway, { title: 'A broken mug', content });
    const row = page.locator(`[data-id="${id}"]`);
    await row.waitFor();
    await expect.poll(() => row.innerText()).toContain('broken');
    await gateway.graphql(
      'mutation($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }',
      { input: { id, title: 'A broken teapot' } },
    );
    await expect.poll(() => row.innerText()).toContain('A broken teapot');
    await gateway.graphql(
      'mutation($input: DeleteConversationInput!) { deleteConversation(input: $input) { __typename } }',
      { input: { id } },
    );
    await row.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
  });

  test('new ones wait above a reader who is further down, and a conversation that was read leaves the list where it was', {
    timeout: timeoutMs,
  }, async () => {
    await using gateway = await startGateway();
    await seedConversations(gateway.app, gateway.tenantId, 200);
    for (const width of [1400, 390]) {
      const { page, problems } = await openConsole(browser, gateway, { width });
      const scroller = page.locator('.inbox-scroller');
      await page.locator('[data-id]').first().waitFor();
      // Far enough for rows below the live head.
      for (const top of [4_000, 8_000, 9_720]) {
        await scroller.evaluate((element, to) => element.scrollTo({ top: to }), top);
        await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBe(top);
        await page.locator(`[aria-posinset="${Math.floor(top / 108) + 2}"] [data-id]`).waitFor();
      }
      const read = page.locator('[aria-posinset="92"] [data-id]');
      const title = await read.locator('.title').innerText();
      const { id } = await createConversation(gateway, { title: `While reading, ${width} wide` });
      await page.getByRole('button', { name: '1 new conversation' }).waitFor();
      expect(await read.locator('.title').innerText()).toBe(title);
      await read.click();
      await page.getByRole('heading', { name: title }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBe(9_720);
      expect(await read.locator('.title').innerText()).toBe(title);
      await page.getByRole('button', { name: '1 new conversation' }).click();
      await expect.poll(() => page.locator('[data-id]').first().getAttribute('data-id')).toBe(id);
      await expect.poll(() => page.locator('.inbox-head .count').innerText()).toBe(width === 1400 ? '201' : '202');
      // Below it goes on without a gap.
      for (const place of [45, 60, 75]) {
        await scroller.evaluate((element, to) => element.scrollTo({ top: to * 108 }), place);
        const older = page.locator(`[aria-posinset="${place + 2}"] .title`);
        await expect
          .poll(() => older.innerText())
          .toBe(`Question ${(width === 1400 ? 201 : 202) - place - 1} about prices`);
      }
      expect(problems).toEqual([]);
      await page.close();
    }
  });

  test('searches as one types, marks what was found, and narrows it by facets and chips', {
    timeout: timeoutMs,
  }, async () => {
    const gateway = demo;
    const { page, problems } = await openConsole(browser, gateway);
    await page.locator('[data-id]').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('charged');
    await page.locator('[data-id] mark').first().waitFor();
    expect(await page.locator('[data-id] mark').first().innerText()).toMatch(/charge/i);
    await page
      .getByText(/\d+ results? in \d+ ms/)
      .first()
      .waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('charged');

    await page.locator('.facet').first().click();
    await expect.poll(() => new URL(page.url()).searchParams.getAll('topic').length).toBe(1);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Search conversations').fill('');
    await expect.poll(() => page.url()).toBe(`${gateway.url}/`);

    await page.getByRole('button', { name: 'API', exact: true }).click();
    await page.getByRole('menuitemcheckbox', { name: /Animam/ }).click();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('[data-id] .provider.AI_MY_CHATS').count()).toBe(0);
    expect(await page.locator('[data-id] .provider.ANIMAM').count()).toBeGreaterThan(3);
    // The address holds it: opened anew, it shows the same.
    await page.reload();
    await page.locator('[data-id] .provider.ANIMAM').first().waitFor();
    expect(await page.locator('[data-id] .provider.AI_MY_CHATS').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
