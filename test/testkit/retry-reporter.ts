import type { Reporter, TestCase } from 'vitest/node';

/** Names each test that passed only when it was tried again: what fails at times is a fault, to be mended. */
export default class RetryReporter implements Reporter {
  readonly #retried: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const { retryCount = 0 } = test.diagnostic() ?? {};
    if (retryCount > 0) this.#retried.push(`${test.module.relativeModuleId} > ${test.fullName}`);
  }

  onTestRunEnd(): void {
    if (this.#retried.length === 0) return;
    console.error(`Tried again, and to be mended:\n${this.#retried.map((name) => `  ${name}\n`).join('')}`);
  }
}
