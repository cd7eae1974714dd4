import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { generateTypes } from './openapi-types.ts';
import { startRest } from './rest.ts';
import { seed } from './seed.ts';

type Operation = {
  summary?: string;
  security?: { apiKey?: string[] }[];
  parameters?: { name: string; description?: string; in: string }[];
  responses: Record<string, unknown>;
};
type Document = { openapi: string; servers: { url: string }[]; paths: Record<string, Record<string, Operation>> };

const root = path.join(import.meta.dirname, '../../..');
const run = promisify(execFile);

test('/openapi.json is valid OpenAPI 3.1, names its server, and needs no key', async () => {
  await using gateway = await startRest();
  const response = await gateway.fetch('/openapi.json');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  const document = (await response.json()) as Document;
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: gateway.url }]);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
});

test('every call of both APIs is described, with its scope, its failures and each of its parameters', async () => {
  await using gateway = await startRest();
  const { paths } = (await (await gateway.fetch('/openapi.json')).json()) as Document;
  const calls = Object.entries(paths).flatMap(([template, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${template}`),
  );
  expect(calls.toSorted()).toEqual(
    [
      'GET /v1/conversations',
      'POST /v1/conversations',
      'GET /v1/conversations/{id}',
      'PATCH /v1/conversations/{id}',
      'DELETE /v1/conversations/{id}',
      'POST /v1/conversations/search',
      'POST /v1/conversations/{id}/summaries',
      'GET /v1/conversations/{id}/attachments',
      'POST /v1/conversations/{id}/attachments',
      'DELETE /v1/attachments/{id}',
      'GET /v1/account',
      'GET /v1/account/usage',
      'POST /v1/exports',
      'GET /v1/exports/{id}',
      'GET /v1/auth/test',
      'POST /v1/webhooks',
      'GET /v1/webhooks',
      'GET /v1/webhooks/{id}',
      'PATCH /v1/webhooks/{id}',
      'DELETE /v1/webhooks/{id}',
      'POST /v1/webhooks/{id}/test',
      'GET /v1/webhooks/{id}/events',
      'POST /v1/webhooks/{id}/events/{eventId}/retry',
      'GET /tenants/{slug}/conversations',
      'GET /tenants/{slug}/conversations/{id}',
      'GET /tenants/{slug}/conversations/export',
      'GET /tenants/{slug}/conversations/stats',
    ].toSorted(),
  );
  for (const [template, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const told = `${method} ${template}`;
      expect([told, operation.summary]).toEqual([told, expect.any(String)]);
      expect([told, operation.security]).toEqual([told, [{ apiKey: expect.any(Array) }]]);
      expect([told, Object.keys(operation.responses)]).toEqual([
        told,
        expect.arrayContaining(['400', '401', '403', '429', '500', '503']),
      ]);
      for (const { name, description } of operation.parameters ?? []) {
        expect([told, name, description]).toEqual([told, name, expect.stringMatching(/.{4}/)]);
      }
      const inPath = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([told, described.map(({ name }) => name)]).toEqual([told, inPath]);
    }
  }
});

test('/docs is whole from this server', async () => {
  await using gateway = await startRest();
  const response = await gateway.fetch('/docs');
  const html = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*/);
  expect(html).not.toMatch(/https?:\/\//);
  const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, part = '']) => part);
  expect(parts).toHaveLength(3);
  for (const part of parts) {
    const asset = await gateway.fetch(part);
    expect([part, asset.status, (await asset.text()).length > 100]).toEqual([part, 200, true]);
    const tag = asset.headers.get('etag') ?? '';
    const again = await gateway.fetch(part, { headers: { 'if-none-match': tag } });
    expect([part, again.status]).toEqual([part, 304]);
  }
  expect((await gateway.fetch('/docs/package.json')).status).toBe(404);
  expect((await gateway.fetch('/docs/..%2fpackage.json')).status).toBe(404);
});

test('a client generated from /openapi.json compiles, and lists, creates, reads and deletes', async () => {
  await using gateway = await startRest();
  await seed(gateway, { title: 'Already there', content: 'Hello' });
  const document: unknown = await (await gateway.fetch('/openapi.json')).json();
  const parent = path.join(root, 'node_modules/.cache/openapi-client');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(`${parent}/`);
  try {
    await writeFile(path.join(folder, 'types.ts'), await generateTypes(document));
    await writeFile(path.join(folder, 'client.ts'), client);
    const config = {
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: { skipLibCheck: true },
      files: [path.join(folder, 'client.ts')],
      include: [],
    };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '--noEmit', '-p', folder]).catch((err: { stdout?: string }) => {
      throw new Error(`the client does not compile:\n${err.stdout}`);
    });
    // Node strips no types in node_modules, so it is given the client without them.
    const program = path.join(folder, 'client.mjs');
    await writeFile(program, stripTypeScriptTypes(client));
    const { stdout } = await run(process.execPath, [program, gateway.url, gateway.apiKey]);
    expect(JSON.parse(stdout)).toEqual({
      listed: ['Already there'],
      created: ['Made', 'processing', null],
      invalid: ['Title is required'],
      read: 'By a client',
      animam: 2,
      deleted: true,
      left: 1,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const client = `
import createClient from 'openapi-fetch';
import type { paths } from './types.ts';

const [, , baseUrl = '', key = ''] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${key}\` } });

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no answer');
  return value;
}

const listed = present((await client.GET('/v1/conversations', { params: { query: { per_page: 10, sort: 'created_at' } } })).data);
const created = present((await client.POST('/v1/conversations', {
  params: { header: { 'Idempotency-Key': 'generated' } },
  body: { title: 'Made', content: 'By a client', source: 'web', metadata: { a: [1] } },
})).data);
const { error } = await client.POST('/v1/conversations', { body: { title: '', content: 'x', source: 'api' } });
const path = { id: created.id };
const read = present((await client.GET('/v1/conversations/{id}', { params: { path } })).data);
const animam = present((await client.GET('/tenants/{slug}/conversations', { params: { path: { slug: 'test' } } })).data);
const deleted = present((await client.DELETE('/v1/conversations/{id}', { params: { path } })).data);
const left = present((await client.GET('/v1/conversations')).data);
console.log(JSON.stringify({
  listed: listed.data.map((item) => item.title),
  created: [created.title, created.status, created.summary],
  invalid: error?.error.details?.fields?.['title'],
  read: read.content,
  animam: animam.pagination.total,
  deleted: deleted.deleted,
  left: left.meta.total,
}));
`;
