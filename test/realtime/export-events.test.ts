import { expect, test } from 'vitest';
import { systemCaller } from '../../src/domain/caller.ts';
import { endExports } from '../../src/domain/exports/lifecycle.ts';
import { createApiKey } from '../../src/domain/tenants/api-keys.ts';
import {
  CreateExportDocument,
  ExportStatusChangedDocument,
  type ExportStatusChangedSubscription,
} from '../generated/documents.ts';
import { finished } from '../testkit/files/exports.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../testkit/gateway.ts';
import { type Listening, transports } from '../testkit/live.ts';

type Heard = Listening<ExportStatusChangedSubscription>;

async function create(gateway: TestGateway, apiKey = gateway.apiKey): Promise<string> {
  const { body } = await gateway.graphql(CreateExportDocument, { input: { format: 'CSV' as const } }, { apiKey });
  const result = body.data?.createExport;
  if (result?.__typename !== 'CreateExportPayload') throw new Error(JSON.stringify(body));
  return result.export.id;
}

const changes = ({ events }: Heard) =>
  events.map(({ exportStatusChanged: event }) => (event.__typename === 'ExportStatusChange' ? event.export : null));
const statuses = (heard: Heard, id: string) =>
  changes(heard).flatMap((change) => (change?.id === id ? [change.status] : []));

eachDatabase('exportStatusChanged', (database) => {
  for (const [name, listen] of transports) {
    test(`an export is told until it can be had, and when it cannot any more, over ${name}`, async () => {
      await using gateway = await startGateway({ database });
      const other = await addTenant(gateway, 'other');
      const past = await create(gateway);
      await finished(gateway, past);
      await using named = listen(gateway, ExportStatusChangedDocument, { exportIds: [past] });
      // The present state comes first, and says that the stream stands.
      await expect.poll(() => statuses(named, past)).toEqual(['COMPLETED']);
      await using all = listen(gateway, ExportStatusChangedDocument, { after: cursorOf(named) });

      const theirs = await create(gateway, other.apiKey);
      const id = await create(gateway);
      await expect.poll(() => statuses(all, id).at(-1), { timeout: 20_000 }).toBe('COMPLETED');
      const last = changes(all).at(-1);
      expect(last).toMatchObject({ id, progress: 1, conversationCount: 0, error: null });
      expect((await fetch(last?.downloadUrl ?? '')).status).toBe(200);

      const { prisma } = gateway.app.database;
      await prisma.export.updateMany({ where: { id: past }, data: { expiresAt: new Date() } });
      await endExports(gateway.app, new Date(), new AbortController().signal);
      await expect.poll(() => statuses(named, past)).toEqual(['COMPLETED', 'EXPIRED']);
      expect(statuses(all, theirs)).toEqual([]);
      expect(statuses(named, id)).toEqual([]);
      expect([all.errors, named.errors]).toEqual([[], []]);
    });
  }
});

const cursorOf = ({ events }: Heard): string => events[0]?.exportStatusChanged.cursor ?? '';

test('a key without conversations:read can neither listen to exports nor ask for one', async () => {
  await using gateway = await startGateway();
  const owner = systemCaller(gateway.app, gateway.tenantId);
  const { secret: apiKey } = await createApiKey(owner, {
    name: 'Writer',
    scopes: ['conversations:write'],
    expiresAt: null,
  });
  const { body } = await gateway.graphql(CreateExportDocument, { input: { format: 'CSV' } }, { apiKey });
  expect(body.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  const listed = await gateway.graphql('{ exports { totalCount } }', {}, { apiKey });
  expect(listed.body.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  const [, [, listenOverEvents]] = transports;
  await using heard = listenOverEvents({ url: gateway.url, apiKey }, ExportStatusChangedDocument, {});
  await expect.poll(() => heard.isOver).toBe(true);
  expect(JSON.stringify(heard.errors)).toContain('FORBIDDEN');
});
