import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed with the path, such as tenant, id and purpose. Names of their own, not `expires` or `signature`. */
type Claims = Readonly<Record<string, string>>;

type VerifiedPath =
  | { ok: true; claims: Claims; expiresAt: Date }
  /** `altered` also where there is no signature, or the key is another; nothing of the path is to be believed then. */
  | { ok: false; reason: 'altered' | 'expired' };

/** Keeps these signatures apart from whatever else is signed with the key. */
const context = 'signed-path-1';
const expiresParam = 'expires';
const signatureParam = 'signature';

/**
 * A path with its claims, its end and a signature (HMAC-SHA-256) in the query, safe in an address as it is. Good until
 * `expiresAt`, to the second. `path` begins with `/` and has no query.
 */
export function signPath({
  key,
  path,
  expiresAt,
  claims = {},
}: {
  key: string | Uint8Array;
  path: string;
  expiresAt: Date;
  claims?: Claims;
}): string {
  if (!path.startsWith('/') || /[?#]/.test(path)) throw new TypeError(`"${path}" is not a path without a query`);
  if (expiresParam in claims || signatureParam in claims) throw new TypeError('A claim has a name that is kept');
  const expires = String(Math.floor(expiresAt.getTime() / 1000));
  const pathname = new URL(path, 'http://localhost').pathname;
  const query = new URLSearchParams({ ...claims, [expiresParam]: expires });
  query.set(signatureParam, signatureOf(key, pathname, [...query]).toString('base64url'));
  return `${pathname}?${query}`;
}

/**
 * Checks a path and query, or a whole address, that {@link signPath} made. Every parameter is signed: one more, one
 * less or one twice is `altered`. Takes the same time for every wrong signature.
 */
export function verifyPath({
  key,
  address,
  now = new Date(),
}: {
  key: string | Uint8Array;
  address: string;
  now?: Date;
}): VerifiedPath {
  const url = URL.parse(address, 'http://localhost');
  if (url === null) return { ok: false, reason: 'altered' };
  const given = url.searchParams.getAll(signatureParam);
  const rest = [...url.searchParams].filter(([name]) => name !== signatureParam);
  const expected = signatureOf(key, url.pathname, rest);
  const offered = Buffer.from(given[0] ?? '', 'base64url');
  // Decoding is lenient, so the text is compared too: one signature has one spelling.
  const isRight =
    given.length === 1 &&
    offered.byteLength === expected.byteLength &&
    timingSafeEqual(offered, expected) &&
    given[0] === expected.toString('base64url');
  const { [expiresParam]: expires = '', ...claims } = Object.fromEntries(rest);
  if (!isRight || !/^\d{1,12}$/.test(expires)) return { ok: false, reason: 'altered' };
  const expiresAt = new Date(Number(expires) * 1000);
  return now.getTime() < expiresAt.getTime() ? { ok: true, claims, expiresAt } : { ok: false, reason: 'expired' };
}

function signatureOf(key: string | Uint8Array, pathname: string, parameters: [string, string][]): Buffer {
  const sorted = parameters.map(([name, value]) => JSON.stringify([name, value])).sort();
  return createHmac('sha256', key)
    .update(JSON.stringify([context, pathname, ...sorted]))
    .digest();
}
