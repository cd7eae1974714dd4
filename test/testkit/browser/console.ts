import type { Browser, Page } from 'playwright-core';
import type { TestGateway } from '../gateway.ts';

export type ConsolePage = {
  page: Page;
  /** Hosts that the page asked anything. */
  hosts: Set<string>;
  /** What the page complained of: errors thrown, and what its own rules kept it from. */
  problems: string[];
};

export type ConsoleOptions = { path?: string; theme?: 'light' | 'dark'; width?: number };

/** Opens the console signed in, as with a key that was remembered. */
export async function openConsole(
  browser: Browser,
  gateway: TestGateway,
  { path = '/', theme = 'light', width = 1400 }: ConsoleOptions = {},
): Promise<ConsolePage> {
  const opened = await openPage(browser, { theme, width });
  await opened.page.addInitScript((key) => sessionStorage.setItem('convograph.key', key), gateway.apiKey);
  await opened.page.goto(new URL(path, gateway.url).href);
  return opened;
}

/** An empty page that remembers whom it asked. */
export async function openPage(
  browser: Browser,
  { theme = 'light', width = 1400 }: Omit<ConsoleOptions, 'path'> = {},
): Promise<ConsolePage> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme, locale: 'en-GB' });
  const hosts = new Set<string>();
  const problems: string[] = [];
  page.on('request', (each) => {
    if (/^(https?|wss?):/.test(each.url())) hosts.add(new URL(each.url()).host);
  });
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
  page.on('pageerror', (err) => problems.push(err.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
  });
  return { page, hosts, problems };
}
