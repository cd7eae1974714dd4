import { codePointCount, isBlank, isStorable } from '../../lib/text.ts';
import type { Problems } from '../conversations/input.ts';

/** What an upstream's fields must be. */

const nameMaxCharacters = 100;
const secretMaxCharacters = 1_000;
const syncIntervalSeconds = { min: 1, max: 86_400 };

export function checkName(problems: Problems, name: string | null | undefined): void {
  if (name == null) return;
  if (isBlank(name) || codePointCount(name) > nameMaxCharacters || !isStorable(name)) {
    problems.add('name', `Name must be 1 to ${nameMaxCharacters} characters`);
  }
}

export function checkSecret(problems: Problems, field: string, label: string, secret: string | null | undefined): void {
  if (secret == null) return;
  // Sent in a header: printable ASCII.
  if (!/^[\x21-\x7e]+$/.test(secret) || secret.length > secretMaxCharacters) {
    problems.add(field, `${label} must be 1 to ${secretMaxCharacters} printable ASCII characters, without spaces`);
  }
}

export function checkInterval(problems: Problems, seconds: number | null | undefined): void {
  if (seconds != null && (seconds < syncIntervalSeconds.min || seconds > syncIntervalSeconds.max)) {
    const { min, max } = syncIntervalSeconds;
    problems.add('syncIntervalSeconds', `Sync interval must be from ${min} to ${max} seconds`);
  }
}

/** Without a slash at the end, a query or a fragment. */
export function normaliseBaseUrl(problems: Problems, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== ''
  ) {
    problems.add(
      'baseUrl',
      'Base URL must be an http or https address without credentials, such as https://api.example.com/v1',
    );
    return text;
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
