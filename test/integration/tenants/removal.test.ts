import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { createConversation } from '../../../src/domain/conversations/writes.ts';
import { addTenant, removeTenant } from '../../../src/domain/tenants/administration.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';

const rounds = 10;
const makers = 4;

eachDatabase('a tenant in which conversations are made meanwhile', (database) => {
  test('is removed, each time, with all that was made', async () => {
    await using gateway = await startGateway({ database, env: { ROLE: 'web' } });
    const { app } = gateway;
    let made = 0;
    for (let round = 0; round < rounds; round++) {
      const slug = `leaving-${round}`;
      const { id } = await addTenant(app, slug);
      const caller = systemCaller(app, id);
      const signal = new AbortController().signal;
      const until = performance.now() + 150;
      // As sockets of its keys do, until they are told.
      const making = Array.from({ length: makers }, async () => {
        while (performance.now() < until) {
          try {
            await createConversation(caller, { title: 'Too late', content: 'Or just in time.' });
            made++;
          } catch {
            return;
          }
        }
      });
      await pause(20);
      await removeTenant(app, slug, signal);
      await Promise.all(making);
      expect(await app.database.prisma.conversation.count({ where: { tenantId: id } })).toBe(0);
    }
    expect(made).toBeGreaterThan(rounds);
    const { prisma } = app.database;
    expect(await prisma.tenant.count({ where: { slug: { startsWith: 'leaving-' } } })).toBe(0);
  });
});
