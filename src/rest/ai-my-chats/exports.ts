import { createRoute, z } from '@hono/zod-openapi';
import type { Caller } from '../../domain/app.ts';
import { createExport, type ExportRow, exportUrl, getExport } from '../../domain/exports/exports.ts';
import type { RestApp } from '../env.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { fromWireEnum, toWireEnum, wireTime } from '../wire.ts';
import { timeSchema } from './conversation-wire.ts';
import { filtersSchema, toFilter } from './filters.ts';
import { errorResponses, idempotencyHeaders, idParams, jsonBody, jsonResponse, requiresScope } from './responses.ts';

const tags = ['AI My Chats: exports'];
const formats = ['pdf', 'csv', 'json', 'jsonl'] as const;
const bytesPerMb = 1_048_576;

const createSchema = z
  .object(
    {
      format: z.enum(formats, {
        error: ({ input }) => (input == null ? 'Format is required' : `Format must be one of ${formats.join(', ')}`),
      }),
      filters: filtersSchema.optional(),
      options: z
        .object(
          {
            include_attachments: z
              .boolean({ error: 'include_attachments must be true or false' })
              .default(false)
              .openapi({ description: 'The export is then a ZIP of the document and the files.' }),
          },
          { error: 'options must be an object' },
        )
        .optional(),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('NewExport');

const fields = {
  id: z.string(),
  status: z.enum(['processing', 'completed', 'failed', 'expired']),
  format: z.enum(formats),
};

const exportSchema = z
  .object({
    ...fields,
    size_mb: z.number().optional().openapi({ description: 'To one decimal; once completed.' }),
    download_url: z.url().optional().openapi({ description: 'Signed; once completed, until it expires.' }),
    expires_at: timeSchema,
    created_at: timeSchema,
    error: z.string().optional().openapi({ description: 'Why it failed.' }),
  })
  .openapi('Export');

const create = createRoute({
  ...requiresScope('conversations:read'),
  method: 'post',
  path: '/v1/exports',
  tags,
  summary: 'Create an export',
  request: { headers: idempotencyHeaders, body: jsonBody(createSchema) },
  responses: {
    202: jsonResponse(
      'The export is being made.',
      z.object({ ...fields, created_at: timeSchema }).openapi('RequestedExport'),
    ),
    ...errorResponses(413, 415, 422),
  },
});

const get = createRoute({
  ...requiresScope('conversations:read'),
  method: 'get',
  path: '/v1/exports/{id}',
  tags,
  summary: 'Get an export',
  request: { params: idParams('export') },
  responses: { 200: jsonResponse('The export.', exportSchema), ...errorResponses(404) },
});

function toExport(caller: Caller, row: ExportRow): z.infer<typeof exportSchema> {
  const url = exportUrl(caller, row);
  const isCompleted = row.status === 'COMPLETED' && row.sizeBytes !== null && url !== null;
  return {
    id: row.id,
    status: toWireEnum(row.status),
    format: toWireEnum(row.format),
    ...(isCompleted && {
      size_mb: Math.round((Number(row.sizeBytes) / bytesPerMb) * 10) / 10,
      download_url: url,
    }),
    expires_at: wireTime(row.expiresAt),
    created_at: wireTime(row.createdAt),
    ...(row.status === 'FAILED' && row.error !== null && { error: row.error }),
  };
}

export function addExports(app: RestApp): void {
  app.openapi(create, async (c) => {
    const { format, filters, options } = c.req.valid('json');
    const input = {
      format: fromWireEnum(format),
      filter: toFilter(filters),
      includeAttachments: options?.include_attachments ?? false,
    };
    const body = await answerOnce(c, 'POST /v1/exports', input, async () => {
      const row = await createExport(c.get('caller'), input);
      return {
        id: row.id,
        status: toWireEnum(row.status),
        format: toWireEnum(row.format),
        created_at: wireTime(row.createdAt),
      };
    });
    return c.json(body, 202);
  });

  app.openapi(get, async (c) => {
    const caller = c.get('caller');
    return c.json(toExport(caller, await getExport(caller, c.req.valid('param').id)), 200);
  });
}
