import { expect, test } from 'vitest';
import { ConnectUpstreamDocument, SyncUpstreamDocument, UpstreamsDocument } from '../../../generated/documents.ts';
import { toAnimam, writtenDialogues } from '../../../testkit/dialogues.ts';
import { eachDatabase, startGateway } from '../../../testkit/gateway.ts';
import { startAnimam } from '../../../testkit/upstreams/animam/animam.ts';

const rounds = 3;

eachDatabase('an upstream that fails and heals again and again', (database) => {
  test('is healthy again soon after each sync that is asked for', { timeout: 120_000 }, async () => {
    await using api = await startAnimam({ tenant: 'acme', conversations: toAnimam(writtenDialogues(6)) });
    await using gateway = await startGateway({ database, patience: { maxAttempts: 1 } });
    const input = { provider: 'ANIMAM' as const, baseUrl: api.url, apiKey: api.apiKey, remoteTenant: 'acme' };
    const { body } = await gateway.graphql(ConnectUpstreamDocument, { input });
    const connected = body.data?.connectUpstream;
    const id = connected?.__typename === 'ConnectUpstreamPayload' ? connected.upstream.id : '';
    const status = async () => (await gateway.graphql(UpstreamsDocument)).body.data?.upstreams?.[0]?.status;
    await expect.poll(status, { timeout: 20_000 }).toBe('HEALTHY');
    const faults = [{ kind: 'status', status: 503 }, { kind: 'html' }, { kind: 'truncated' }] as const;
    for (let round = 0; round < rounds; round++) {
      api.script({ answer: faults[round % faults.length] ?? { kind: 'html' } });
      await gateway.graphql(SyncUpstreamDocument, { id });
      await expect.poll(status, { timeout: 30_000 }).toBe('DEGRADED');
      api.heal();
      await gateway.graphql(SyncUpstreamDocument, { id });
      await expect.poll(status, { timeout: 30_000 }).toBe('HEALTHY');
    }
  });
});
