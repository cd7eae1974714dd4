import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Hono } from 'hono';
import type { Mounts, RequestEnv } from './app.ts';
import { isFromHere } from './from-here.ts';

/** Addresses that the console itself tells apart; each is the same page. */
const pages = ['/', '/conversations/*', '/stats', '/upstreams', '/exports', '/imports', '/settings/*'];

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Scripts, styles, fonts and requests from this server alone; nothing written into the page runs. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const notBuilt = 'The console is not built: run `npm run console`, then open this page again';

type Encoding = 'br' | 'gzip' | null;
type Served = { body: Uint8Array<ArrayBuffer>; encoding: Encoding; tag: string };

export type ConsoleOptions = {
  /** Where `npm run console` puts it. */
  folder: string;
  /** Told to the page where somebody on this machine opens it; null: to nobody. */
  demoKey: string | null;
};

/**
 * The console at `/`, from what was built. Files with a hash in their name are kept by browsers for good; the page is
 * asked for anew each time, and answered with 304 where it is the same.
 */
export function createConsole(options: ConsoleOptions): Mounts {
  const app = new Hono<{ Bindings: RequestEnv }>();
  const read = createReader(options.folder);

  for (const page of pages) app.get(page, (c) => servePage(c.req.raw, options));
  app.get('/favicon.svg', (c) => serveFile(c.req.raw, read, 'favicon.svg', 'public, max-age=86400'));
  app.get('/assets/:name', (c) => {
    const name = c.req.param('name');
    return serveFile(c.req.raw, read, `assets/${name}`, 'public, max-age=31536000, immutable');
  });
  app.notFound((c) => c.json({ error: { code: 'not_found', message: 'There is nothing at this path' } }, 404));
  return Object.fromEntries([...pages, '/favicon.svg', '/assets/*'].map((each) => [each, app]));
}

async function servePage(request: Request, { folder, demoKey }: ConsoleOptions): Promise<Response> {
  let html: string;
  try {
    html = await readFile(path.join(folder, 'index.html'), 'utf8');
  } catch {
    return new Response(`${notBuilt}\n`, { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  }
  const key = demoKey !== null && isFromHere(request.headers) ? demoKey : null;
  // Keys are of letters, digits and `_`, but one that is given by the environment may hold anything.
  const escaped = key?.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
  const page = escaped ? html.replace('</head>', () => `<meta name="demo-key" content="${escaped}"></head>`) : html;
  const tag = tagOf(Buffer.from(page), null);
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    'cache-control': key === null ? 'no-cache' : 'no-store',
    etag: tag,
  };
  if (request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers });
  return new Response(page, { headers });
}

type Reader = (name: string, encoding: Encoding) => Promise<Served | null>;

/** Reads what was built, each file once: they are small and few, and one with a hash in its name never changes. */
function createReader(folder: string): Reader {
  const known = new Map<string, Promise<Served | null>>();
  return async (name, encoding) => {
    if (!/^[\w./-]+$/.test(name) || name.includes('..')) return null;
    const file = encoding === null ? name : `${name}.${encoding === 'gzip' ? 'gz' : 'br'}`;
    const reading = known.get(file) ?? readFile(path.join(folder, file)).then(toServed(encoding), () => null);
    // What is not there takes no room: names are anybody's to make up.
    known.set(file, reading);
    const served = await reading;
    if (served === null || !name.startsWith('assets/')) known.delete(file);
    return served;
  };
}

function toServed(encoding: Encoding): (bytes: Buffer) => Served {
  return (bytes) => ({ body: new Uint8Array(bytes), encoding, tag: tagOf(bytes, encoding) });
}

function tagOf(bytes: Uint8Array, encoding: Encoding): string {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
  return `"${hash}${encoding === null ? '' : `-${encoding}`}"`;
}

async function serveFile(request: Request, read: Reader, name: string, caching: string): Promise<Response> {
  const accepted = request.headers.get('accept-encoding') ?? '';
  const encodings: Encoding[] = [/\bbr\b/.test(accepted) ? 'br' : null, /\bgzip\b/.test(accepted) ? 'gzip' : null];
  let served: Served | null = null;
  for (const encoding of encodings.filter((each) => each !== null)) served ??= await read(name, encoding);
  served ??= await read(name, null);
  const type = types[path.extname(name)];
  if (served === null || type === undefined) {
    return Response.json({ error: { code: 'not_found', message: 'There is nothing at this path' } }, { status: 404 });
  }
  const headers = {
    'content-type': type,
    'cache-control': caching,
    etag: served.tag,
    vary: 'Accept-Encoding',
    ...(served.encoding !== null && { 'content-encoding': served.encoding }),
  };
  if (request.headers.get('if-none-match') === served.tag) return new Response(null, { status: 304, headers });
  return new Response(served.body, { headers });
}
