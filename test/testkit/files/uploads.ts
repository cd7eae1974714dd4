import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TestGateway } from '../gateway.ts';

/** A mutation's answer, whichever member of the union it is. */
export type UploadAnswer = {
  __typename: string;
  message?: string;
  fields?: { field: string; messages: string[] }[];
  usedBytes?: number;
  limitBytes?: number;
  provider?: string;
  attachment?: {
    id: string;
    filename: string;
    size: number;
    mimeType: string;
    checksum: string | null;
    url: string;
    conversation: { id: string; updatedAt: string };
  };
};

export const uploadDocument = `mutation ($input: UploadAttachmentInput!) {
  uploadAttachment(input: $input) {
    __typename
    ... on UploadAttachmentPayload {
      attachment { id filename size mimeType checksum url conversation { id updatedAt } }
    }
    ... on Error { message }
    ... on ValidationError { fields { field messages } }
    ... on QuotaExceededError { usedBytes limitBytes }
    ... on UnsupportedError { provider }
  }
}`;

type UploadOptions = { filename?: string; givenName?: string; apiKey?: string };

/** The form of a request that uploads a file, by the GraphQL multipart request specification. */
export function uploadForm(conversationId: string, bytes: Uint8Array, options: UploadOptions = {}): FormData {
  const input = { conversationId, file: null, ...(options.givenName !== undefined && { filename: options.givenName }) };
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: uploadDocument, variables: { input } }));
  form.set('map', JSON.stringify({ file: ['variables.input.file'] }));
  form.set('file', new File([Uint8Array.from(bytes)], options.filename ?? 'notes.txt', { type: 'image/png' }));
  return form;
}

/** Uploads a file; the answer as it came. */
export async function sendUpload(
  gateway: TestGateway,
  conversationId: string,
  bytes: Uint8Array,
  options: UploadOptions = {},
): Promise<{ status: number; body: { data?: { uploadAttachment: UploadAnswer }; errors?: { message: string }[] } }> {
  const response = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${options.apiKey ?? gateway.apiKey}`,
      accept: 'application/graphql-response+json',
      'graphql-require-preflight': '1',
    },
    body: uploadForm(conversationId, bytes, options),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Uploads a file. @throws where there is no answer of the mutation */
export async function upload(
  gateway: TestGateway,
  conversationId: string,
  bytes: Uint8Array | string,
  options: UploadOptions = {},
): Promise<UploadAnswer> {
  const answer = await sendUpload(gateway, conversationId, Buffer.from(bytes), options);
  const result = answer.body.data?.uploadAttachment;
  if (result === undefined) throw new Error(`the upload was not answered: ${JSON.stringify(answer)}`);
  return result;
}

/** The same, of an upload that goes well. */
export async function uploaded(
  gateway: TestGateway,
  conversationId: string,
  bytes: Uint8Array | string,
  options: UploadOptions = {},
): Promise<NonNullable<UploadAnswer['attachment']>> {
  const { attachment, ...rest } = await upload(gateway, conversationId, bytes, options);
  if (attachment === undefined) throw new Error(`the upload was refused: ${JSON.stringify(rest)}`);
  return attachment;
}

/** Every file in the gateway's folders of stored and of waiting files, unfinished ones included. */
export async function filesOf(gateway: TestGateway): Promise<string[]> {
  const folders = ['files', 'uploads'].map((name) => path.join(gateway.dataDir, name));
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    }),
  );
  return lists.flat().map((file) => path.relative(gateway.dataDir, file));
}

/** A LOCAL conversation. @returns its id */
export async function makeConversation(
  gateway: TestGateway,
  input: Record<string, unknown> = {},
  apiKey?: string,
): Promise<string> {
  const text = 'messages' in input ? {} : { content: 'The parcel arrived broken. A refund is wanted.' };
  const { body } = await gateway.graphql<{ createConversation: { conversation?: { id: string } } }>(
    `mutation ($input: CreateConversationInput!) {
      createConversation(input: $input) { ... on CreateConversationPayload { conversation { id } }
        ... on ValidationError { fields { field messages } } }
    }`,
    { input: { title: 'Order 4711', ...text, ...input } },
    apiKey === undefined ? {} : { apiKey },
  );
  const id = body.data?.createConversation.conversation?.id;
  if (id === undefined) throw new Error(`the conversation was not made: ${JSON.stringify(body)}`);
  return id;
}
