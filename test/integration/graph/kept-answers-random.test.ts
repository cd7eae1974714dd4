import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../../src/domain/caller.ts';
import { deleteAttachment, uploadAttachment } from '../../../src/domain/conversations/attachment-writes.ts';
import { appendMessages } from '../../../src/domain/conversations/message-writes.ts';
import {
  createConversation,
  deleteConversation,
  regenerateSummary,
  updateConversation,
} from '../../../src/domain/conversations/writes.ts';
import { syncUpstream, updateUpstream } from '../../../src/domain/upstreams/upstreams.ts';
import { type GraphqlAnswer, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { createRandom } from '../../testkit/upstreams/random.ts';
import { type Connected, startConnected } from '../upstreams/connected.ts';

const shown = `fragment Shown on Conversation {
  id title status segment metadata preview content messageCount lastMessageAt updatedAt
  messages { totalCount nodes { role content position } }
  summary { version status title content topics actionItems { text citation { quote message { id } } } }
  summaries { nodes { version language style status error } }
  attachments { id filename size mimeType checksum }
  upstream { id provider }
}`;
/** Few documents and values, so that many are asked for again. */
const questions: [query: string, variables: (random: () => number, ids: string[]) => Record<string, unknown>][] = [
  [
    `query ($n: Int) { conversations(first: $n) { totalCount pageInfo { endCursor } nodes { ...Shown } } } ${shown}`,
    (random) => ({ n: random() < 0.5 ? 2 : 50 }),
  ],
  [
    `query ($id: ID!) { conversation(id: $id) { ...Shown } } ${shown}`,
    (random, ids) => ({ id: ids[Math.floor(random() * ids.length)] ?? 'conv_none' }),
  ],
  [
    'query ($f: ConversationFilter) { conversations(filter: $f, orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount nodes { id title } } }',
    (random) => ({ f: random() < 0.5 ? { statuses: ['COMPLETED'] } : { segments: ['billing'], providers: ['LOCAL'] } }),
  ],
  [
    'query ($id: ID!) { conversationByExternalId(provider: AI_MY_CHATS, externalId: $id) { id title content } }',
    () => ({ id: 'conv_upstream' }),
  ],
];

/**
 * Notes each row of what is shown that a transaction changes without an event of its tenant. What readers are not shown
 * may change as it likes.
 */
const watch = [
  'CREATE TABLE unlogged (place text, row_now jsonb)',
  `CREATE FUNCTION note_unlogged() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE hidden text[] := '{fingerprint,list_fingerprint,generation,upstream_url,storage_key}';
  BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - hidden = to_jsonb(OLD) - hidden THEN RETURN NULL; END IF;
    IF NOT EXISTS (SELECT 1 FROM event WHERE tenant_id = coalesce(NEW.tenant_id, OLD.tenant_id)
        AND xmin = pg_current_xact_id()::xid) THEN
      INSERT INTO unlogged VALUES (TG_TABLE_NAME || ' ' || TG_OP, to_jsonb(coalesce(NEW, OLD)));
    END IF;
    RETURN NULL;
  END $$`,
  ...['conversation', 'message', 'summary', 'attachment'].map(
    (table) => `CREATE CONSTRAINT TRIGGER note_unlogged AFTER INSERT OR UPDATE OR DELETE ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_unlogged()`,
  ),
];

describe.skipIf(process.env['TEST_DATABASE_URL'] === undefined)('kept answers on two servers', () => {
  let connected: Connected;
  let second: TestGateway;
  let unkept: TestGateway;
  beforeAll(async () => {
    connected = await startConnected({
      gateway: { database: 'postgres', env: { ANSWER_CACHE_MB: '1' } },
      api: { conversations: [{ id: 'conv_upstream', title: 'Upstream', content: 'What does the Pro plan cost?' }] },
    });
    const { apiKey, databaseUrl } = connected.gateway;
    const another = (cacheMb: string) =>
      startGateway({
        database: 'postgres',
        databaseUrl: databaseUrl ?? '',
        env: { BOOTSTRAP_API_KEY: apiKey, ROLE: 'web', ANSWER_CACHE_MB: cacheMb },
      });
    second = await another('1');
    unkept = await another('0');
    for (const sql of watch) await connected.gateway.app.database.prisma.$executeRawUnsafe(sql);
  });
  afterAll(async () => {
    await second?.close();
    await unkept?.close();
    await connected?.close();
  });

  /** Without what goes on by itself: the ages of sources. */
  const told = ({ status, body }: GraphqlAnswer<unknown>) =>
    JSON.parse(
      JSON.stringify({ status, body }, (name, value) => (name === 'ageSeconds' ? undefined : value)),
    ) as unknown;

  test('each is what is read anew at that moment, whatever is written, and on whichever server', {
    timeout: 240_000,
  }, async () => {
    const random = createRandom(20_261_129);
    const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
    const { api, gateway, upstreamId } = connected;
    const ids: string[] = [];
    const callerOf = () => systemCaller(pick([gateway, second]).app, gateway.tenantId);
    const readFiles = () => gateway.app.database.prisma.attachment.findMany({ select: { id: true } });
    const writes: (() => Promise<unknown>)[] = [
      async () =>
        ids.push(
          (
            await createConversation(callerOf(), {
              title: `Made ${random()}`,
              content: 'One. Two.',
              segment: pick(['billing', 'sales']),
            })
          ).id,
        ),
      () =>
        updateConversation(callerOf(), pick(ids), {
          title: `Title ${random()}`,
          segment: pick(['billing', null]),
          metadata: { at: random() },
        }),
      () =>
        appendMessages(callerOf(), {
          conversationId: pick(ids),
          messages: [{ role: 'USER', content: `And ${random()}?` }],
        }),
      () => regenerateSummary(callerOf(), { conversationId: pick(ids), style: pick(['BULLETS', 'DETAILED']) }),
      async () => {
        const bytes = new File([`bytes ${random()}`], 'note.txt', { type: 'text/plain' });
        await uploadAttachment(callerOf(), {
          conversationId: pick(ids),
          filename: bytes.name,
          stream: bytes.stream(),
          signal: AbortSignal.timeout(30_000),
        });
      },
      async () => {
        const files = await readFiles();
        if (files.length > 0) await deleteAttachment(callerOf(), pick(files).id);
      },
      () => updateConversation(callerOf(), pick(ids), { title: 'Title', metadata: { at: null } }),
      async () => {
        api.conversations.edit('conv_upstream', { title: `Upstream ${random()}`, content: `Changed ${random()}` });
        await syncUpstream(callerOf(), upstreamId, false);
      },
      () => updateUpstream(callerOf(), upstreamId, { name: `Account ${random()}` }),
      async () => {
        const found = await gateway.app.database.prisma.conversation.findFirst({
          where: { externalId: 'conv_upstream' },
        });
        if (found !== null) await updateConversation(callerOf(), found.id, { title: `Written ${random()}` });
      },
      async () => {
        if (ids.length > 3) await deleteConversation(callerOf(), ids.shift() ?? '');
      },
    ];
    await writes[0]?.();
    const wrong: unknown[] = [];
    let compared = 0;
    for (let step = 0; step < 60 || compared < 60; step++) {
      await pick(writes)();
      for (let read = 0; read < 3; read++) {
        const [query, variablesOf] = pick(questions);
        const variables = variablesOf(random, ids);
        const ask = async (server: TestGateway) => told(await server.graphql(query, variables));
        const before = await ask(unkept);
        const server = pick([gateway, second]);
        const kept = [await ask(server), await ask(server)];
        const after = await ask(unkept);
        // Summaries and syncs go on meanwhile: then nobody can say which of them it is to be.
        if (JSON.stringify(before) !== JSON.stringify(after)) continue;
        compared++;
        if (kept.some((each) => JSON.stringify(each) !== JSON.stringify(after)))
          wrong.push({ query, variables, kept, after });
      }
    }
    expect(wrong).toEqual([]);
    const figures = await (await second.fetch('/metrics')).text();
    expect(Number(/^convograph_kept_answers_total{outcome="hit"} (\d+)/m.exec(figures)?.[1])).toBeGreaterThan(0);
    const { prisma } = gateway.app.database;
    const readUnlogged = () => prisma.$queryRawUnsafe<unknown[]>('SELECT * FROM unlogged');
    expect(await readUnlogged()).toEqual([]);
    // Were there one, it would be noted.
    await prisma.conversation.updateMany({ data: { title: 'Past the log' } });
    expect(await readUnlogged()).not.toEqual([]);
  });
});
