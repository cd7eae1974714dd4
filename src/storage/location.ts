export type S3Location = {
  kind: 's3';
  bucket: string;
  /** Without slashes at its ends; empty for the bucket's root. */
  prefix: string;
  /** Origin of an S3-compatible server, which is then asked as `endpoint/bucket/key`; null for Amazon's own. */
  endpoint: string | null;
  region: string;
};

export type StorageLocation = { kind: 'disk'; folder: string } | S3Location;

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const keySegment = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const maxKeyLength = 512;

/**
 * Reads a folder's path or `s3://bucket/prefix?endpoint=…&region=…`.
 * @throws TypeError with a sentence that says what is wrong and what would be right
 */
export function parseStorageLocation(text: string): StorageLocation {
  if (!/^[a-z0-9+.-]+:\/\//i.test(text)) {
    if (text.trim() === '') throw new TypeError('must be a folder or s3://bucket/prefix, not empty');
    return { kind: 'disk', folder: text };
  }
  const url = URL.parse(text);
  if (url?.protocol !== 's3:') throw new TypeError('must be a folder or s3://bucket/prefix?endpoint=…&region=…');
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('must not hold credentials: they are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  if (!bucketName.test(url.hostname)) throw new TypeError(`"${url.hostname}" is not the name of a bucket`);
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (prefix !== '' && !prefix.split('/').every((segment) => keySegment.test(segment))) {
    throw new TypeError('the prefix may hold letters, digits, ".", "_" and "-", in parts joined by "/"');
  }
  for (const name of url.searchParams.keys()) {
    if (name !== 'endpoint' && name !== 'region') {
      throw new TypeError(`"${name}" is not known: there are endpoint and region`);
    }
  }
  const given = url.searchParams.get('endpoint');
  const endpoint = given === null ? null : URL.parse(given);
  if (given !== null && (endpoint === null || !/^https?:$/.test(endpoint.protocol) || endpoint.pathname !== '/')) {
    throw new TypeError('the endpoint must be an address like https://s3.example.com');
  }
  return {
    kind: 's3',
    bucket: url.hostname,
    prefix,
    endpoint: endpoint?.origin ?? null,
    region: url.searchParams.get('region') ?? 'us-east-1',
  };
}

/**
 * Keys are one or more parts of letters, digits, `.`, `_` and `-`, beginning with a letter or a digit, joined by `/`:
 * none of them can leave its folder, be hidden, or differ between storages.
 * @throws TypeError
 */
export function checkKey(key: string): void {
  if (key.length > maxKeyLength || !key.split('/').every((segment) => keySegment.test(segment))) {
    throw new TypeError(`"${key.slice(0, 80)}" is not a key for a file`);
  }
}
