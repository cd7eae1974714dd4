import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

/** A headless Chromium that asks nobody but the page's own server. */
export async function startBrowser(): Promise<Browser & AsyncDisposable> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '';
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const browser = await chromium.launch({ executablePath, args });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

/** Runs a suite where CHROMIUM_PATH names a browser; says in one line that it is left out otherwise. */
export function inBrowser(name: string, suite: () => void): void {
  if (process.env['CHROMIUM_PATH'] !== undefined) {
    describe(name, suite);
    return;
  }
  console.info(`left out: "${name}", since CHROMIUM_PATH is not set`);
  describe.skip(name, suite);
}
