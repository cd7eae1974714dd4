/** Answers that no part of the domain has an error for. */

/** The path is not one of the API's. */
export class UnknownPathError extends Error {
  override name = 'UnknownPathError';
  constructor() {
    super('There is nothing at this path');
  }
}

/** The path is known, with other methods. */
export class MethodError extends Error {
  override name = 'MethodError';
  readonly allowed: readonly string[];
  constructor(method: string, allowed: readonly string[]) {
    super(`${method} is not served at this path: use ${allowed.join(' or ')}`);
    this.allowed = allowed;
  }
}

/** The same request is being worked on: its answer is not there yet. */
export class UnderWayError extends Error {
  override name = 'UnderWayError';
  readonly retryAfterSeconds = 1;
  constructor() {
    super('A request with this idempotency key is still under way: try again in a moment');
  }
}
