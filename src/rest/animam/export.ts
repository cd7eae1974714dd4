import { createRoute, z } from '@hono/zod-openapi';
import { encodeChunks } from '../../exports/chunks.ts';
import { writeAnimamCsv } from '../../exports/csv.ts';
import type { ExportedConversation } from '../../exports/records.ts';
import type { RestApp } from '../env.ts';
import { choiceQuery } from '../inputs.ts';
import { toBody } from '../streaming.ts';
import { exportSchema, toConversation } from './conversation-wire.ts';
import { type ConversationWithMessages, readExported } from './exported.ts';
import { errorResponses, reading, slugParam } from './responses.ts';
import { readSpan, spanQuery } from './spans.ts';

const exportRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/tenants/{slug}/conversations/export',
  tags: ['Animam: conversations'],
  summary: 'Export conversations',
  description: 'The oldest conversation first; of CSV, one row a message. Streamed: any range will do.',
  request: {
    params: z.object(slugParam),
    query: z.object({
      from: spanQuery('from', true),
      to: spanQuery('to', true),
      format: choiceQuery('format', ['csv', 'json'], { description: 'As what.', default: 'csv' }),
      raw: choiceQuery('raw', ['true', 'false'], {
        description: "Of CSV: leaves cells that a spreadsheet would run as they are; else they get `'` before them.",
        default: 'false',
      }),
    }),
  },
  responses: {
    200: {
      description: 'The conversations.',
      content: {
        'text/csv': {
          schema: z.string().openapi({
            example:
              'conversation_id,timestamp,role,content,segment\nconv_abc123,2024-01-25T10:30:00Z,user,"What are your prices?",pricing\n',
          }),
        },
        'application/json': { schema: exportSchema },
      },
    },
    ...errorResponses(),
  },
});

const types = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

export function addExport(app: RestApp): void {
  app.openapi(exportRoute, async (c) => {
    const { from, to, format = 'csv', raw = 'false' } = c.req.valid('query');
    const conversations = readExported(c.get('caller'), { startedBetween: readSpan(from, to) });
    const document =
      format === 'csv'
        ? writeAnimamCsv(toRecords(conversations), { raw: raw === 'true' })
        : writeAnimamJson(conversations);
    const body = await toBody(document);
    return c.body(body, 200, {
      'content-type': types[format],
      'content-disposition': `attachment; filename="conversations.${format}"`,
    });
  });
}

/** What the CSV has no columns for is not read. */
async function* toRecords(
  conversations: AsyncIterable<ConversationWithMessages>,
): AsyncGenerator<ExportedConversation, void, undefined> {
  for await (const conversation of conversations) yield { ...conversation, summary: null, attachments: [] };
}

/** `{"conversations":[…]}`, each as reading one gives it and its `messageCount`. */
function writeAnimamJson(conversations: AsyncIterable<ConversationWithMessages>): AsyncIterable<Uint8Array> {
  async function* pieces(): AsyncGenerator<string> {
    yield '{"conversations":[';
    let separator = '';
    for await (const { messages, ...row } of conversations) {
      yield `${separator}${JSON.stringify({ ...toConversation(row, messages), messageCount: messages.length })}`;
      separator = ',';
    }
    yield ']}';
  }
  return encodeChunks(pieces());
}
