import { expect, test } from 'vitest';
import { eachDatabase } from '../../../testkit/gateway.ts';
import {
  asked,
  differences,
  eventsAfter,
  lastEvent,
  newestRun,
  startMirror,
  startStandIns,
  upstreamRow,
} from './support.ts';

eachDatabase('the first sync', (database) => {
  test('500 dialogues over both upstreams are mirrored each once, whole and in order, and again nothing changes', {
    timeout: 180_000,
  }, async () => {
    await using standIns = await startStandIns(500);
    await using mirror = await startMirror({ gateway: { database } });
    const { gateway } = mirror;
    const ids: { id: string; standIn: typeof standIns.aiMyChats | typeof standIns.animam }[] = [];
    for (const standIn of [standIns.aiMyChats, standIns.animam]) {
      const id = await mirror.connect(standIn);
      ids.push({ id, standIn });
      const startedAt = Date.now();
      const { count } = await gateway.countStatements(() => mirror.sync(id));
      const perConversation = count / standIn.conversations.size;
      console.info(
        `${database}: ${standIn.conversations.size} conversations in ${Date.now() - startedAt} ms, ` +
          `${perConversation.toFixed(2)} statements each`,
      );
      expect(perConversation).toBeLessThan(10);
      expect(await differences(mirror, id, standIn)).toBeNull();
      expect(await upstreamRow(mirror, id)).toMatchObject({ status: 'HEALTHY', errorMessage: null });
      expect(await newestRun(mirror, id)).toMatchObject({
        created: standIn.conversations.size,
        updated: 0,
        full: true,
      });
    }
    const { body } = await gateway.graphql('{ conversations(first: 1) { totalCount } }');
    expect(body.data).toEqual({ conversations: { totalCount: 500 } });

    const before = await lastEvent(mirror);
    for (const { id, standIn } of ids) {
      await mirror.sync(id);
      expect(await newestRun(mirror, id)).toMatchObject({ created: 0, updated: 0, deleted: 0, full: false });
      standIn.requests.length = 0;
      await mirror.syncFully(id);
      expect(asked(standIn).details).toBeGreaterThanOrEqual(standIn.conversations.size);
      expect(await newestRun(mirror, id)).toMatchObject({ created: 0, updated: 0, deleted: 0, full: true });
      expect(await differences(mirror, id, standIn)).toBeNull();
    }
    expect((await eventsAfter(mirror, before)).filter(({ type }) => !type.startsWith('upstream.'))).toEqual([]);
  });
});
