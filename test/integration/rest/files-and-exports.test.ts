import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type RestGateway, startRest } from './rest.ts';
import { seed } from './seed.ts';

function form(content: string | Uint8Array<ArrayBuffer>, name: string, fields: Record<string, string> = {}): FormData {
  const data = new FormData();
  data.set('file', new File([content], name));
  for (const [key, value] of Object.entries(fields)) data.set(key, value);
  return data;
}

type Uploaded = { id: string; url: string; created_at: string; filename: string };
type Failure = { error: { code: string; details: { fields: Record<string, string[]> } } };

async function waiting(gateway: RestGateway): Promise<string[]> {
  const folder = path.join(gateway.dataDir, 'uploads');
  if (!existsSync(folder)) return [];
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('a file is uploaded as published, under its other name, and deleted', async () => {
  await using gateway = await startRest();
  const id = await seed(gateway, { content: 'Hello' });
  const pdf = new Uint8Array(204_800);
  pdf.set(Buffer.from('%PDF-1.7\n'));
  const { status, body } = await gateway.ask<Uploaded>('POST', `/v1/conversations/${id}/attachments`, {
    body: form(pdf, 'scan.pdf', { filename: 'document.pdf' }),
  });
  expect(status).toBe(201);
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({
      id: body.id,
      filename: 'document.pdf',
      size: 204_800,
      mime_type: 'application/pdf',
      url: body.url,
      created_at: body.created_at,
    }),
  );
  expect(body.id).toMatch(/^att_/);
  const listed = await gateway.ask<{ data: Uploaded[] }>('GET', `/v1/conversations/${id}/attachments`);
  expect(listed.body.data.map((item) => item.id)).toEqual([body.id]);
  expect(await waiting(gateway)).toEqual([]);
  const deleted = await gateway.ask('DELETE', `/v1/attachments/${body.id}`);
  expect([deleted.status, deleted.text]).toEqual([200, `{"deleted":true,"id":"${body.id}"}`]);
  expect((await gateway.ask('DELETE', `/v1/attachments/${body.id}`)).status).toBe(404);
});

test('a filename that comes before or after the file counts alike; a path in it does not', async () => {
  await using gateway = await startRest();
  const id = await seed(gateway, { content: 'Hello' });
  const before = new FormData();
  before.set('filename', '../../first.txt');
  before.set('file', new File(['x'], 'x.txt'));
  const target = `/v1/conversations/${id}/attachments`;
  expect((await gateway.ask<Uploaded>('POST', target, { body: before })).body.filename).toBe('first.txt');
  expect((await gateway.ask<Uploaded>('POST', target, { body: form('x', 'own.txt') })).body.filename).toBe('own.txt');
});

test('no file, one too large and one without room are 422 on file, and leave nothing', async () => {
  await using gateway = await startRest({ env: { MAX_UPLOAD_MB: '1', STORAGE_LIMIT_MB: '2' } });
  const id = await seed(gateway, { content: 'Hello' });
  const target = `/v1/conversations/${id}/attachments`;
  const ask = async (body: FormData) => {
    const answer = await gateway.ask<Failure>('POST', target, { body });
    return [answer.status, answer.body.error?.code, answer.body.error?.details.fields];
  };
  const empty = new FormData();
  empty.set('filename', 'x.txt');
  expect(await ask(empty)).toEqual([422, 'validation_error', { file: ['File is required'] }]);
  const tooLarge = [422, 'validation_error', { file: ['File must be at most 1 MB'] }];
  expect(await ask(form(new Uint8Array(1_048_577), 'large.bin'))).toEqual(tooLarge);
  expect(await ask(form(new Uint8Array(3_000_000), 'larger.bin'))).toEqual(tooLarge);
  expect((await ask(form(new Uint8Array(1_048_576), 'a.bin')))[0]).toBe(201);
  expect((await ask(form(new Uint8Array(1_048_000), 'c.bin')))[0]).toBe(201);
  const [status, , fields] = await ask(form(new Uint8Array(1_048_576), 'b.bin'));
  expect([status, fields]).toEqual([422, { file: [expect.stringContaining('storage limit')] }]);
  expect((await gateway.ask<{ data: [] }>('GET', target)).body.data).toHaveLength(2);
  expect(await waiting(gateway)).toEqual([]);
});

test('a body without end is cut', async () => {
  await using gateway = await startRest({ env: { MAX_UPLOAD_MB: '1' } });
  const id = await seed(gateway, { content: 'Hello' });
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      controller.enqueue(
        new TextEncoder().encode('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      );
    },
    pull: (controller) => {
      sent += 65_536;
      if (sent > 256 * 1_048_576) throw new Error('it was read on and on');
      controller.enqueue(new Uint8Array(65_536));
    },
  });
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'multipart/form-data; boundary=x' },
    body: endless,
    duplex: 'half',
  };
  // The refusal, or the end of the connection, where the sender did not stop to read it.
  const outcome = await gateway.fetch(`/v1/conversations/${id}/attachments`, init).then(
    (response) => response.status,
    (err: Error) => err.message,
  );
  expect(outcome).toBeOneOf([422, 'fetch failed']);
  expect(sent).toBeLessThan(128 * 1_048_576);
  expect(await waiting(gateway)).toEqual([]);
});

test('a form that cannot be read is 400, what is no form 415, and a conversation that is not there 404', async () => {
  await using gateway = await startRest();
  const id = await seed(gateway, { content: 'Hello' });
  const target = `/v1/conversations/${id}/attachments`;
  const send = async (type: string, body: string, to = target) =>
    (await gateway.ask('POST', to, { body, headers: { 'content-type': type } })).status;
  expect(
    await send(
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut',
    ),
  ).toBe(400);
  expect(await send('multipart/form-data', 'x')).toBe(400);
  expect(await send('application/octet-stream', 'x')).toBe(415);
  expect((await gateway.ask('POST', '/v1/conversations/conv_none/attachments', { body: form('x', 'x') })).status).toBe(
    404,
  );
  expect(await waiting(gateway)).toEqual([]);
});

test('an export is asked for, watched and downloaded as published', async () => {
  await using gateway = await startRest();
  await seed(gateway, { title: 'In', content: 'Hello', createdAt: '2024-01-31T23:59:59Z' });
  await seed(gateway, { title: 'Out', content: 'Hello', createdAt: '2024-02-01T00:00:00Z' });
  const { status, body } = await gateway.ask<{ id: string; created_at: string }>('POST', '/v1/exports', {
    body: {
      format: 'csv',
      filters: { date_from: '2024-01-01', date_to: '2024-01-31' },
      options: { include_attachments: false },
    },
  });
  expect(status).toBe(202);
  const { id, created_at } = body;
  expect(JSON.stringify(body)).toBe(JSON.stringify({ id, status: 'processing', format: 'csv', created_at }));
  type Export = { status: string; download_url: string; size_mb: number; expires_at: string };
  const read = async () => (await gateway.ask<Export>('GET', `/v1/exports/${id}`)).body;
  await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('completed');
  const done = await read();
  const expires_at = `${new Date(Date.parse(created_at) + 7 * 86_400_000).toISOString().slice(0, 19)}Z`;
  expect(JSON.stringify(done)).toBe(
    JSON.stringify({
      id,
      status: 'completed',
      format: 'csv',
      size_mb: 0,
      download_url: done.download_url,
      expires_at,
      created_at,
    }),
  );
  const file = await fetch(done.download_url);
  const text = await file.text();
  expect([file.status, text.includes('In'), text.includes('Out')]).toEqual([200, true, false]);

  await gateway.app.database.prisma.export.updateMany({ data: { expiresAt: new Date(Date.now() - 1_000) } });
  const expired = await gateway.ask('GET', `/v1/exports/${id}`);
  expect(Object.keys(expired.body)).toEqual(['id', 'status', 'format', 'expires_at', 'created_at']);
  expect(expired.body['status']).toBe('expired');
});

test('a bad request for an export is 422, and names the field; an unknown export is 404', async () => {
  await using gateway = await startRest();
  const cases: [body: unknown, fields: Record<string, string[]>][] = [
    [{}, { format: ['Format is required'] }],
    [{ format: 'docx' }, { format: ['Format must be one of pdf, csv, json, jsonl'] }],
    [
      { format: 'csv', filters: { date_to: 'x' } },
      { 'filters.date_to': ['date_to must be a day, such as 2024-01-31'] },
    ],
    [
      { format: 'csv', options: { include_attachments: 'yes' } },
      { 'options.include_attachments': ['include_attachments must be true or false'] },
    ],
  ];
  for (const [body, fields] of cases) {
    const answer = await gateway.ask<Failure>('POST', '/v1/exports', { body });
    expect([answer.status, answer.body.error.details.fields]).toEqual([422, fields]);
  }
  expect((await gateway.ask('GET', '/v1/exports/exp_none')).status).toBe(404);
  expect((await gateway.ask('GET', '/v1/exports/%00')).status).toBe(404);
});
