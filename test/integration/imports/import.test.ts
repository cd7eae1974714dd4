import { expect, test } from 'vitest';
import { askAdmin, runAdmin } from '../../testkit/admin.ts';
import { mailbox, makeFolder, whatsAppChat } from '../../testkit/chat-files.ts';
import { addTenant, eachDatabase, startGateway, type TestGateway } from '../../testkit/gateway.ts';

type Report = {
  format: string;
  outcomes: Record<'IMPORTED' | 'EXTENDED' | 'UNCHANGED' | 'DIFFERENT', number>;
  messages: number;
  leftOut: number;
};

const envOf = ({ databaseUrl, secretKey }: TestGateway): Record<string, string> =>
  databaseUrl === null ? {} : { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey };

const list = `{ conversations(first: 100, orderBy: { field: STARTED_AT, direction: ASC }) { nodes {
  title provider source segment startedAt lastMessageAt messageCount metadata
  messages(first: 100) { nodes { role content createdAt } }
} } }`;

async function listOf(gateway: TestGateway, apiKey = gateway.apiKey): Promise<Record<string, unknown>[]> {
  const { body } = await gateway.graphql<{ conversations: { nodes: Record<string, unknown>[] } }>(list, {}, { apiKey });
  return body.data?.conversations.nodes ?? [];
}

eachDatabase('importing a file', (database) => {
  test('a dry run changes nothing, an import tells what it did, and the same file again changes nothing', async () => {
    await using gateway = await startGateway({ database });
    await using folder = await makeFolder();
    const file = await folder.write('WhatsApp Chat with Bo.txt', whatsAppChat);
    const env = envOf(gateway);
    const run = (...flags: string[]) => askAdmin<Report>(gateway.dataDir, ['import', file, ...flags], env);

    expect(await run('--dry-run')).toMatchObject({ format: 'WhatsApp', outcomes: { IMPORTED: 1 } });
    expect(await listOf(gateway)).toEqual([]);
    expect(await run('--assistant', 'Bo')).toMatchObject({ outcomes: { IMPORTED: 1 }, messages: 3 });
    const once = await listOf(gateway);
    expect(once).toMatchObject([
      {
        title: 'WhatsApp: Bo',
        provider: 'LOCAL',
        source: 'WHATSAPP',
        messageCount: 3,
        startedAt: '2024-12-31T21:58:00.000Z',
      },
    ]);
    expect(await run('--assistant', 'Bo')).toMatchObject({ outcomes: { IMPORTED: 0, UNCHANGED: 1 } });
    expect(await listOf(gateway)).toEqual(once);

    // Exported again later, it has more.
    await folder.write('WhatsApp Chat with Bo.txt', `${whatsAppChat}1/2/25, 8:00 AM - Bo: See you.\n`);
    expect(await run('--assistant', 'Bo')).toMatchObject({ outcomes: { EXTENDED: 1 } });
    expect(await listOf(gateway)).toMatchObject([{ messageCount: 4, lastMessageAt: '2025-01-02T08:00:00.000Z' }]);
    await expect
      .poll(async () => {
        const { body } = await gateway.graphql<{ searchConversations: { totalCount: number } }>(
          '{ searchConversations(query: "bike") { totalCount } }',
        );
        return body.data?.searchConversations.totalCount;
      })
      .toBe(1);
  });

  test.each(['CSV', 'JSON', 'JSONL'])('what was exported as %s is there again in another tenant', async (format) => {
    await using gateway = await startGateway({ database });
    await using folder = await makeFolder();
    for (const [title, content] of [
      ['Lamp', '=1+1 is "two"\nand a line'],
      ['Ünï 🎉', '\ufeffmark, comma'],
    ]) {
      await gateway.graphql(
        `mutation ($input: CreateConversationInput!) { createConversation(input: $input) { __typename } }`,
        {
          input: {
            title,
            segment: 'sales',
            messages: [
              { role: 'USER', content, createdAt: '2026-03-01T08:00:00.123Z' },
              { role: 'ASSISTANT', content: 'Yes.', createdAt: '2026-03-01T08:00:05.000Z' },
            ],
          },
        },
      );
    }
    const made = await gateway.graphql<{ createExport: { export: { id: string } } }>(
      `mutation { createExport(input: { format: ${format} }) { ... on CreateExportPayload { export { id } } } }`,
    );
    const id = made.body.data?.createExport.export.id;
    const urlOf = async () => {
      const { body } = await gateway.graphql<{ export: { downloadUrl: string | null } }>(
        `{ export(id: "${id}") { downloadUrl } }`,
      );
      return body.data?.export.downloadUrl ?? null;
    };
    await expect.poll(urlOf).not.toBeNull();
    const exported = await (await gateway.fetch((await urlOf()) ?? '')).arrayBuffer();
    const file = await folder.write('export', Buffer.from(exported));
    const other = await addTenant(gateway, 'other');
    const report = await askAdmin<Report>(gateway.dataDir, ['import', file, '--tenant', 'other'], envOf(gateway));
    expect(report).toMatchObject({ outcomes: { IMPORTED: 2 }, messages: 4, leftOut: 0 });
    const strip = (rows: Record<string, unknown>[]) => rows.map((row) => ({ ...row, source: null }));
    const byTitle = (a: Record<string, unknown>, b: Record<string, unknown>) =>
      String(a['title']) < String(b['title']) ? -1 : 1;
    expect(strip(await listOf(gateway, other.apiKey)).sort(byTitle)).toEqual(
      strip(await listOf(gateway)).sort(byTitle),
    );
    // Where they come from, they are there already.
    const back = await askAdmin<Report>(gateway.dataDir, ['import', file, '--tenant', 'test'], envOf(gateway));
    expect(back).toMatchObject({ outcomes: { IMPORTED: 0, UNCHANGED: 2 } });
  });

  test('a dry run tells of what the file holds twice what the import will tell', async () => {
    await using gateway = await startGateway({ database });
    await using folder = await makeFolder();
    const said = (...texts: string[]) => ({ messages: texts.map((content) => ({ role: 'user', content })) });
    const lines = [said('Hi'), said('Hi'), said('Hi', 'Ho'), said('Ho')].map((each) =>
      JSON.stringify({ id: 'x', ...each }),
    );
    const file = await folder.write('twice.jsonl', lines.join('\n'));
    const run = (...flags: string[]) => askAdmin<Report>(gateway.dataDir, ['import', file, ...flags], envOf(gateway));
    const outcomes = { IMPORTED: 1, UNCHANGED: 1, EXTENDED: 1, DIFFERENT: 1 };
    expect(await run('--dry-run')).toMatchObject({ outcomes });
    expect(await run()).toMatchObject({ outcomes });
  });

  test('what cannot be done is said in words', async () => {
    await using gateway = await startGateway({ database });
    await using folder = await makeFolder();
    const env = envOf(gateway);
    const nonsense = await folder.write('x.bin', 'nonsense');
    const cases: [string[], RegExp][] = [
      [['import', '/nowhere/at/all'], /no such file/],
      [['import', nonsense], /none of what is known/],
      [['import', nonsense, '--tenant', 'nobody'], /"nobody" not found/],
    ];
    for (const [argv, errors] of cases) {
      expect(await runAdmin(gateway.dataDir, argv, env)).toMatchObject({
        output: '',
        errors: expect.stringMatching(errors),
      });
    }
    await gateway.app.database.prisma.tenant.update({
      where: { id: gateway.tenantId },
      data: { storageLimitBytes: 60n },
    });
    const full = await runAdmin(gateway.dataDir, ['import', await folder.write('mail', mailbox)], env);
    expect(full.exitCode).toBe(1);
    expect(full.output).toContain('The storage limit');
  });
});
