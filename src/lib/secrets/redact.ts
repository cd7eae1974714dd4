const longest = 300;

/** What another server said, fit to be shown and logged: without `secret` and what else reads like a key, in one line. */
export function redact(text: string, secret: string | null): string {
  return (secret === null || secret === '' ? text : text.replaceAll(secret, '***'))
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 ***')
    .replace(/\b(ak|sk|aimc|whsec)[_-][\w-]{6,}/g, '***')
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .slice(0, longest);
}
