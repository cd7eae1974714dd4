import { expect, test } from 'vitest';
import { ConversationsDocument } from '../../generated/documents.ts';
import { createConversation } from '../../testkit/conversations.ts';
import { eachDatabase, startGateway } from '../../testkit/gateway.ts';

const create = `mutation ($input: CreateConversationInput!) { createConversation(input: $input) {
  __typename ... on ValidationError { fields { field messages } } ... on CreateConversationPayload { conversation { id preview } } } }`;

eachDatabase('odd input', (database) => {
  test('a title, content or segment that nobody can see is none', async () => {
    await using gateway = await startGateway({ database });
    for (const blank of ['\u200b', '\u3164', '\u2800', ' \u00ad\u2060\n', '\ufeff']) {
      const { body } = await gateway.graphql(create, { input: { title: blank, content: blank, segment: blank } });
      const result = body.data?.['createConversation'] as { fields: { field: string }[] };
      expect(result.fields.map(({ field }) => field).sort()).toEqual(['input.content', 'input.segment', 'input.title']);
      const rest = await gateway.fetch('/v1/conversations', {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: blank, content: 'Hello.', source: 'api' }),
      });
      expect(rest.status).toBe(422);
      expect(await rest.json()).toMatchObject({ error: { details: { fields: { title: ['Title is required'] } } } });
    }
  });

  test('a whole number that would lose digits is refused, by variable, in the document and by REST', async () => {
    await using gateway = await startGateway({ database });
    const { body } = await gateway.graphql(
      `mutation { createConversation(input: { title: "a", content: "b", metadata: { order: 9007199254740993 } }) {
        __typename ... on ValidationError { fields { field messages } } } }`,
    );
    expect(body.data).toMatchObject({ createConversation: { fields: [{ field: 'input.metadata' }] } });
    const headers = { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' };
    const byVariable = await gateway.fetch('/graphql', {
      method: 'POST',
      headers,
      body: `{"query":${JSON.stringify(create)},"variables":{"input":{"title":"a","content":"b","metadata":{"n":[12345678901234567890]}}}}`,
    });
    expect(await byVariable.text()).toMatch(/write them as text/);
    const byRest = await gateway.fetch('/v1/conversations', {
      method: 'POST',
      headers,
      body: '{"title":"a","content":"b","source":"api","metadata":{"n":9007199254740993}}',
    });
    expect(byRest.status).toBe(422);
    expect(await byRest.text()).toMatch(/write them as text/);
  });

  test('a preview ends with a whole emoji', async () => {
    await using gateway = await startGateway({ database });
    const { body } = await gateway.graphql(create, { input: { title: 'Family', content: '👩‍👩‍👧'.repeat(100) } });
    const preview = (body.data as { createConversation: { conversation: { preview: string } } }).createConversation
      .conversation.preview;
    expect(preview.length).toBeGreaterThan(180);
    expect(preview.replaceAll('👩‍👩‍👧', '')).toBe('…');
  });

  test('the first and the last day that there is bound a filter and figures', async () => {
    await using gateway = await startGateway({ database });
    const { id } = await createConversation(gateway);
    const started = { from: '0001-01-01', to: '9999-12-31' };
    const { body } = await gateway.graphql(ConversationsDocument, { filter: { started } });
    expect(body.data?.conversations.edges.map(({ node }) => node.id)).toEqual([id]);
    const { body: none } = await gateway.graphql(ConversationsDocument, {
      filter: { started: { from: '9999-12-31' } },
    });
    expect(none.data?.conversations.totalCount).toBe(0);
    for (const timeZone of ['UTC', 'Pacific/Kiritimati', 'Pacific/Honolulu']) {
      const { body: stats } = await gateway.graphql(
        'query ($range: DateRange, $timeZone: String) { stats(range: $range, timeZone: $timeZone) { totalConversations } }',
        { range: started, timeZone },
      );
      expect(stats, timeZone).toEqual({ data: { stats: { totalConversations: 1 } } });
    }
  });

  test('a plus that came as a space is told of, since a query must bear it as %2B', async () => {
    await using gateway = await startGateway({ database });
    const headers = { authorization: `Bearer ${gateway.apiKey}` };
    const path = '/tenants/test/conversations/export?to=2030-01-01&from=2024-03-31T02:00:00';
    const refused = await gateway.fetch(`${path}+02:00`, { headers });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/%2B/);
    expect((await gateway.fetch(`${path}%2B02:00`, { headers })).status).toBe(200);
    const variables = '{"since":"2024-03-31T02:00:00+02:00"}';
    const query = 'query($since:DateTime!){conversations(filter:{updatedSince:$since}){totalCount}}';
    const graph = await gateway.fetch(`/graphql?query=${encodeURIComponent(query)}&variables=${variables}`, {
      headers,
    });
    expect(await graph.text()).toMatch(/%2B/);
  });
});
