import { type Answer, type Handle, json } from '../answer.ts';
import type { AiMyChatsConversations } from './store.ts';
import { errorAnswer, invalid, notFound, shownAttachment } from './wire.ts';

export function attachmentRoutes(
  conversations: AiMyChatsConversations,
  origin: string,
  storageLimitMb: number,
): Record<string, Handle> {
  const find = (id: string) => {
    const conversation = conversations.get(id);
    if (!conversation) throw notFound('Conversation');
    return conversation;
  };
  return {
    'GET /conversations/:id/attachments': (_, id) =>
      json(200, { data: find(id).attachments.map((each) => shownAttachment(each, origin)) }),
    'POST /conversations/:id/attachments': async ({ request }, id) => {
      find(id);
      const form = await new Response(new Uint8Array(request.bytes), {
        headers: { 'Content-Type': request.headers['content-type'] ?? '' },
      })
        .formData()
        .catch(() => null);
      const file = form?.get('file');
      if (!(file instanceof File)) throw invalid({ file: ['File is required'] });
      const { attachments, conversations: contents } = conversations.usedBytes();
      if (attachments + contents + file.size > storageLimitMb * 1_048_576) throw invalid({ file: ['No room left'] });
      const name = form?.get('filename');
      const attachment = conversations.attach(id, {
        filename: typeof name === 'string' && name !== '' ? name : file.name,
        bytes: new Uint8Array(await file.arrayBuffer()),
        ...(file.type === '' ? {} : { mime_type: file.type }),
      });
      return json(201, shownAttachment(attachment, origin));
    },
    'DELETE /attachments/:id': (_, id) => {
      if (!conversations.detach(id)) throw notFound('Attachment');
      return json(200, { deleted: true, id });
    },
  };
}

/** The files' own host: no key is asked for, as the page shows none. */
export function downloadFile(conversations: AiMyChatsConversations, attachmentId: string): Answer {
  const attachment = conversations.findAttachment(attachmentId);
  if (!attachment) return errorAnswer(404, 'File not found');
  return {
    status: 200,
    headers: {
      'Content-Type': attachment.mime_type,
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(attachment.filename)}`,
    },
    body: attachment.bytes,
  };
}
