import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { inBrowser, startBrowser } from '../testkit/browser/browser.ts';
import { openConsole } from '../testkit/browser/console.ts';
import { startGateway } from '../testkit/gateway.ts';
import { seedConversations } from '../testkit/seed-conversations.ts';

const timeoutMs = 600_000;
const conversationCount = 100_000;
/** All of them with CONSOLE_SCROLL=all; fewer otherwise, which tell the same. */
const scrolledCount = process.env['CONSOLE_SCROLL'] === 'all' ? conversationCount : conversationCount / 20;
/** What a page holds more at its end than at its beginning, the heap's noise included. */
const mostGrowthBytes = 12 * 2 ** 20;

async function measure(page: Page): Promise<{ elements: number; heapBytes: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { elements: await page.locator('*').count(), heapBytes: usedSize };
}

/** Scrolls to the end of what is loaded, again and again, until so many rows were there. @returns how many were */
async function scrollPast(page: Page, count: number): Promise<number> {
  return page.evaluate(async (wanted) => {
    const scroller = document.querySelector('.inbox-scroller');
    if (scroller === null) throw new Error('There is no list');
    let known = 0;
    while (known < wanted) {
      scroller.scrollTop = scroller.scrollHeight;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const places = [...document.querySelectorAll('.inbox-list li:has([data-id])')];
      known = Math.max(known, ...places.map((each) => Number(each.getAttribute('aria-posinset'))));
    }
    return known;
  }, count);
}

inBrowser('The console and 100,000 conversations', () => {
  test('the list does not grow with what is scrolled past, and scrolls back', { timeout: timeoutMs }, async () => {
    await using gateway = await startGateway();
    await seedConversations(gateway.app, gateway.tenantId, conversationCount, { hasMessages: false });
    await using browser = await startBrowser();
    const startedAt = performance.now();
    const { page, problems } = await openConsole(browser, gateway);
    await page.locator('[data-id]').first().waitFor();
    const usableMs = Math.round(performance.now() - startedAt);
    const firstTitle = await page.locator('[data-id] .title').first().innerText();
    await scrollPast(page, 1_000);
    const early = await measure(page);
    await scrollPast(page, scrolledCount);
    const late = await measure(page);
    console.info(`usable after ${usableMs} ms; ${JSON.stringify({ scrolledCount, early, late })}`);
    expect(late.elements).toBeLessThan(early.elements * 1.2);
    expect(late.heapBytes - early.heapBytes).toBeLessThan(mostGrowthBytes);

    // Rows that were let go of are fetched again.
    await page.evaluate(() => document.querySelector('.inbox-scroller')?.scrollTo({ top: 0 }));
    await expect.poll(() => page.locator('[data-id] .title').first().innerText()).toBe(firstTitle);
    expect(problems).toEqual([]);
  });
});
