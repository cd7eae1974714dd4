import { createRoute, z } from '@hono/zod-openapi';
import { asReader } from '../../domain/caller.ts';
import { deleteAttachment, listAttachments, uploadAttachment } from '../../domain/conversations/attachment-writes.ts';
import { getConversation } from '../../domain/conversations/conversations.ts';
import { QuotaExceededError, ValidationError } from '../../domain/errors.ts';
import type { RestApp } from '../env.ts';
import { readFormFile } from '../form-file.ts';
import { answerOnce } from '../idempotent-answers.ts';
import { attachmentSchema, toAttachment } from './conversation-wire.ts';
import { errorResponses, idempotencyHeaders, idParams, jsonResponse, requiresScope } from './responses.ts';

const tags = ['AI My Chats: attachments'];

const list = createRoute({
  ...requiresScope('conversations:read'),
  method: 'get',
  path: '/v1/conversations/{id}/attachments',
  tags,
  summary: 'List attachments',
  request: { params: idParams('conversation') },
  responses: {
    200: jsonResponse('All of them, the oldest first.', z.object({ data: z.array(attachmentSchema) })),
    ...errorResponses(404),
  },
});

const upload = createRoute({
  ...requiresScope('conversations:write'),
  method: 'post',
  path: '/v1/conversations/{id}/attachments',
  tags,
  summary: 'Upload an attachment',
  request: {
    params: idParams('conversation'),
    headers: idempotencyHeaders,
    body: {
      required: true,
      content: {
        // Described, and not read by a schema: that would take the file whole into memory.
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              file: { type: 'string', format: 'binary', description: 'The file.' },
              filename: { type: 'string', description: 'Another name for it.' },
            },
            required: ['file'],
          },
        },
      },
    },
  },
  responses: { 201: jsonResponse('The file was added.', attachmentSchema), ...errorResponses(404, 413, 415, 422) },
});

const remove = createRoute({
  ...requiresScope('conversations:write'),
  method: 'delete',
  path: '/v1/attachments/{id}',
  tags,
  summary: 'Delete an attachment',
  request: { params: idParams('attachment') },
  responses: {
    200: jsonResponse('It is gone.', z.object({ deleted: z.literal(true), id: z.string() })),
    ...errorResponses(404, 422),
  },
});

export function addAttachments(app: RestApp, { uploadFolder }: { uploadFolder: string }): void {
  app.openapi(list, async (c) => {
    const caller = c.get('caller');
    const rows = await listAttachments(caller, c.req.valid('param').id);
    return c.json({ data: rows.map((row) => toAttachment(caller, row)) }, 200);
  });

  app.openapi(upload, async (c) => {
    const caller = c.get('caller');
    const { id: conversationId } = await getConversation(asReader(caller), c.req.valid('param').id);
    const { signal } = c.req.raw;
    const { maxUploadBytes } = caller.app.settings;
    await using file = await readFormFile(c.req.raw, { folder: uploadFolder, maxFileBytes: maxUploadBytes });
    const { filename, sha256 } = file;
    const body = await answerOnce(c, 'POST /v1/conversations/{id}/attachments', { filename, sha256 }, async () => {
      try {
        const row = await uploadAttachment(caller, { conversationId, filename, stream: file.open(), signal });
        return toAttachment(caller, row);
      } catch (err) {
        if (err instanceof QuotaExceededError) throw new ValidationError({ file: [err.message] });
        throw err;
      }
    });
    return c.json(body, 201);
  });

  app.openapi(remove, async (c) => {
    const { id } = c.req.valid('param');
    await deleteAttachment(c.get('caller'), id);
    return c.json({ deleted: true as const, id }, 200);
  });
}
