import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { askForExport, finished } from '../../testkit/files/exports.ts';
import { startS3Server } from '../../testkit/files/s3-server.ts';
import { makeConversation, sendUpload, uploaded } from '../../testkit/files/uploads.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startTcpProxy } from '../../testkit/servers/tcp-proxy.ts';

type Place = {
  env: Record<string, string>;
  take(gateway: TestGateway): Promise<void>;
  give(gateway: TestGateway): Promise<void>;
};

/** An S3 server that the network is taken away from. */
async function openS3(closers: AsyncDisposableStack): Promise<Place> {
  const s3 = closers.use(await startS3Server());
  const { hostname, port } = new URL(s3.endpoint);
  const proxy = closers.use(await startTcpProxy(hostname, Number(port)));
  return {
    env: {
      STORAGE_URL: `s3://${s3.bucket}?endpoint=http://127.0.0.1:${proxy.port}&region=us-east-1`,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    },
    take: () => proxy.cut(),
    give: () => proxy.restore(),
  };
}

/** A folder in whose place something else lies, as after a mount that was lost. */
async function openFolder(): Promise<Place> {
  const at = (gateway: TestGateway) => path.join(gateway.dataDir, 'files');
  return {
    env: {},
    take: async (gateway) => {
      await mkdir(at(gateway), { recursive: true });
      await rename(at(gateway), `${at(gateway)}.away`);
      await writeFile(at(gateway), '');
    },
    give: async (gateway) => {
      await rm(at(gateway));
      await rename(`${at(gateway)}.away`, at(gateway));
    },
  };
}

test.each([
  ['S3', openS3],
  ['the folder', openFolder],
])(
  '%s is gone: files get 503, the rest goes on, it is told, and what waits is done when it is back',
  {
    timeout: 120_000,
  },
  async (_, open) => {
    await using closers = new AsyncDisposableStack();
    const place = await open(closers);
    const gateway = closers.use(await startGateway({ env: place.env }));
    const readiness = async () => (await (await gateway.fetch('/readyz')).json()) as Record<string, unknown>;
    const id = await makeConversation(gateway);
    const kept = await uploaded(gateway, id, 'kept');
    const doomed = await uploaded(gateway, id, 'doomed');
    expect(await readiness()).toEqual({ status: 'ready' });

    await place.take(gateway);
    const { status, body } = await sendUpload(gateway, id, Buffer.from('refused'));
    expect({ status, code: (body.errors?.[0] as { extensions?: { code?: string } })?.extensions?.code }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
    expect((await fetch(kept.url)).status).toBe(503);
    const told = await readiness();
    expect(told['status']).toBe('ready');
    expect(JSON.stringify(told['troubles'])).toContain('The file storage');
    const { export: asked } = await askForExport(gateway, { format: 'JSONL' });
    const deleted = await gateway.graphql(
      `mutation ($id: ID!) { deleteAttachment(input: { id: $id }) { __typename } }`,
      { id: doomed.id },
    );
    expect(deleted.body.errors).toBeUndefined();
    await makeConversation(gateway, { title: 'Meanwhile' });

    await place.give(gateway);
    expect(await (await fetch(kept.url)).text()).toBe('kept');
    await uploaded(gateway, id, 'after');
    expect(await readiness()).toEqual({ status: 'ready' });
    const { downloadUrl } = await finished(gateway, asked?.id ?? '', 90_000);
    expect((await (await fetch(downloadUrl)).text()).trim().split('\n')).toHaveLength(1);
    const { body: shown } = await gateway.graphql<{ conversation: { attachments: { filename: string }[] } }>(
      'query ($id: ID!) { conversation(id: $id) { attachments { filename } } }',
      { id },
    );
    // What was refused left nothing.
    expect(shown.data?.conversation.attachments).toHaveLength(2);
    await expect.poll(async () => (await fetch(doomed.url)).status, { timeout: 60_000 }).toBe(404);
  },
);
