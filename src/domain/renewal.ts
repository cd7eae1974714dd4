import type { App } from './app.ts';

/** How many texts were encrypted anew with the present secret, and how many no secret that is given opens. */
export type Renewed = { renewed: number; unreadable: number };

/** Encrypts one text anew, where the present secret did not encrypt it, and counts it. */
export async function renewCipher(
  { secrets }: App,
  counts: Renewed,
  cipher: string,
  context: string,
  store: (next: string) => Promise<unknown>,
): Promise<void> {
  let next: string | null;
  try {
    next = secrets.renew(cipher, context);
  } catch {
    counts.unreadable += 1;
    return;
  }
  if (next === null) return;
  await store(next);
  counts.renewed += 1;
}
