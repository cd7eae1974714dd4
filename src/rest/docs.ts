import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Hono } from 'hono';
import type { RestEnv } from './env.ts';

/** The page at `/docs`, whole from this server: no other host is asked for anything. */

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>REST APIs</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Its validator is another host's, so there is none. */
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
`;

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const assets = {
  'swagger-ui.css': { type: 'text/css; charset=utf-8', load: () => readAsset('swagger-ui.css') },
  'swagger-ui-bundle.js': { type: 'text/javascript; charset=utf-8', load: () => readAsset('swagger-ui-bundle.js') },
  'start.js': { type: 'text/javascript; charset=utf-8', load: async () => Buffer.from(start) },
} as const;

function readAsset(name: string): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)));
}

type Asset = { plain: Buffer; compressed: Buffer; tag: string };

const compress = promisify(gzip);

async function loadAsset(name: keyof typeof assets): Promise<Asset> {
  const plain = await assets[name].load();
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return { plain, compressed: await compress(plain), tag };
}

/** Serves `/docs` and what the page needs below it. Files are read, and compressed, when they are first asked for. */
export function createDocs(): Hono<RestEnv> {
  const app = new Hono<RestEnv>();
  const loaded = new Map<keyof typeof assets, Promise<Asset>>();
  app.get('/docs', (c) => c.html(page, 200, { 'content-security-policy': contentSecurityPolicy }));
  for (const name of Object.keys(assets) as (keyof typeof assets)[]) {
    app.get(`/docs/${name}`, async (c) => {
      const loading = loaded.get(name) ?? loadAsset(name);
      loaded.set(name, loading);
      const { plain, compressed, tag } = await loading;
      const isCompressed = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
      const headers = {
        'content-type': assets[name].type,
        'cache-control': 'public, max-age=3600',
        etag: `"${tag}${isCompressed ? '-gz' : ''}"`,
        vary: 'Accept-Encoding',
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      };
      if (c.req.header('if-none-match') === headers.etag) return c.body(null, 304, headers);
      return c.body(new Uint8Array(isCompressed ? compressed : plain), 200, headers);
    });
  }
  return app;
}
