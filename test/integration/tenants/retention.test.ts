import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { createCleanUpHandler } from '../../../src/jobs/clean-up.ts';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { addTenant, eachDatabase } from '../../testkit/gateway.ts';
import { startConnected, until } from '../upstreams/connected.ts';

const dayMs = 86_400_000;

eachDatabase('retention', (database) => {
  test('a tenant keeps its own conversations for so many days after their last activity, and others keep theirs', async () => {
    await using connected = await startConnected({ gateway: { database } });
    const { gateway, caller, api } = connected;
    const { app, dataDir, databaseUrl, secretKey } = gateway;
    const { prisma } = app.database;
    const env: Record<string, string> =
      databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey };
    const other = systemCaller(app, (await addTenant(gateway, 'other')).tenantId);
    api.webhooks.sendTo(connected.webhookUrl, 'whsec_of_the_tests');
    const mirrored = api.conversations.add({ title: 'Old upstream', content: 'Hello.' });
    await until(
      'it is mirrored',
      async () => (await prisma.conversation.count({ where: { externalId: mirrored.id } })) > 0,
    );
    const ids: string[] = [];
    for (let index = 0; index < 52; index++) {
      ids.push((await createConversation(caller, { title: `${index}`, content: 'Hello' })).id);
    }
    const elsewhere = await createConversation(other, { title: 'Other', content: 'Hello' });
    await prisma.conversation.updateMany({ data: { activityAt: new Date(Date.now() - 31 * dayMs) } });
    const [young = ''] = ids;
    await prisma.conversation.updateMany({
      where: { id: young },
      data: { activityAt: new Date(Date.now() - 29 * dayMs) },
    });
    const cleanUp = () => createCleanUpHandler(app)({}, new AbortController().signal);
    await cleanUp();
    expect(await prisma.conversation.count()).toBe(54);

    const set = await askAdmin(dataDir, ['tenant', 'set', 'test', '--retention-days', '30'], env);
    expect(set).toMatchObject({ tenant: { retentionDays: 30 } });
    await cleanUp();
    const left = await prisma.conversation.findMany({ select: { id: true, externalId: true } });
    expect(left.map(({ id, externalId }) => externalId ?? id).sort()).toEqual(
      [mirrored.id, young, elsewhere.id].sort(),
    );
    const deleted = await prisma.event.count({ where: { type: 'conversation.deleted' } });
    expect(deleted).toBe(51);

    const refused = await runAdmin(dataDir, ['tenant', 'set', 'test', '--retention-days', '0'], env);
    expect(refused).toMatchObject({ exitCode: 2, errors: expect.stringContaining('whole number of days') });
    await askAdmin(dataDir, ['tenant', 'set', 'test', '--retention-days', 'none'], env);
    await prisma.conversation.updateMany({ data: { activityAt: new Date(0) } });
    await cleanUp();
    expect(await prisma.conversation.count()).toBe(3);
  });
});
