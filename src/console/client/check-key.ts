import { stringifyDocument } from '@urql/core';
import { CheckKeyDocument } from '../generated/documents.ts';
import { explainCode } from './words.ts';

type Answer = { data?: unknown; errors?: { message: string; extensions?: Record<string, unknown> }[] };

/** Tries a key. @returns what is wrong, in words; null where it is good */
export async function checkKey(apiKey: string): Promise<string | null> {
  let answer: Answer;
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query: stringifyDocument(CheckKeyDocument) }),
    });
    answer = (await response.json()) as Answer;
  } catch (err) {
    // A header takes no letters from beyond Latin-1: such a key cannot even be sent.
    if (/[^\x21-\x7e]/.test(apiKey)) return explainCode('UNAUTHORIZED', '');
    return err instanceof SyntaxError
      ? 'The gateway answered with something unexpected. Is this its address?'
      : 'The gateway does not answer. Try again in a moment.';
  }
  const error = answer.errors?.[0];
  if (error === undefined) return null;
  const code = String(error.extensions?.['code'] ?? '');
  if (code === 'UNAUTHORIZED') return 'This key is not valid. Look whether all of it was copied, or use another one.';
  return explainCode(code, error.message, error.extensions);
}
