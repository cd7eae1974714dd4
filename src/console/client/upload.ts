import { stringifyDocument, type TypedDocumentNode } from '@urql/core';
import {
  ImportConversationsDocument,
  type ImportRowFragment,
  UploadAttachmentDocument,
} from '../generated/documents.ts';
import { explainCode, explainFailure } from './words.ts';

/** What came of it, or in words what is wrong. */
type Outcome<Value> = { value: Value } | { problem: string };
export type Upload<Value> = { done: Promise<Outcome<Value>>; cancel(): void };

type Errors = { message: string; extensions?: Record<string, unknown> }[];
type Answer<Data> = { data?: Data | null; errors?: Errors };
type Failure = Parameters<typeof explainFailure>[0];

function readAnswer<Data>(text: string): Outcome<Data> {
  let answer: Answer<Data>;
  try {
    answer = JSON.parse(text) as Answer<Data>;
  } catch {
    return { problem: 'The gateway answered with something unexpected.' };
  }
  const error = answer.errors?.[0];
  if (error !== undefined) {
    return { problem: explainCode(String(error.extensions?.['code'] ?? ''), error.message, error.extensions) };
  }
  return answer.data == null ? { problem: 'The gateway answered with nothing.' } : { value: answer.data };
}

function problemOf(failure: Failure): { problem: string } {
  const { fields, message } = explainFailure(failure);
  return { problem: Object.values(fields)[0] ?? message };
}

/** What is sent, with the file at `variables.input.file`; `read` makes of the answer's data what is wanted of it. */
type Sent<Data, Value> = {
  apiKey: string;
  document: TypedDocumentNode<Data, { input: never }>;
  input: Record<string, unknown>;
  file: File;
  /** 0 to 1. */
  onProgress(progress: number): void;
  read(data: Data): Outcome<Value>;
};

/**
 * Sends a file by the GraphQL multipart request specification. By XMLHttpRequest, since `fetch` tells nothing of how much
 * is sent.
 */
function sendFile<Data, Value>({ apiKey, document, input, file, onProgress, read }: Sent<Data, Value>): Upload<Value> {
  const request = new XMLHttpRequest();
  const done = new Promise<Outcome<Value>>((resolve) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      const answer = readAnswer<Data>(request.responseText);
      resolve('problem' in answer ? answer : read(answer.value));
    };
    request.onerror = () => resolve({ problem: 'The gateway does not answer. Try again when it is back.' });
    request.onabort = () => resolve({ problem: 'Cancelled.' });
  });
  const variables = { input: { ...input, file: null } };
  const form = new FormData();
  form.append('operations', JSON.stringify({ query: stringifyDocument(document), variables }));
  form.append('map', JSON.stringify({ 0: ['variables.input.file'] }));
  form.append('0', file);
  request.open('POST', '/graphql');
  request.setRequestHeader('authorization', `Bearer ${apiKey}`);
  request.setRequestHeader('accept', 'application/graphql-response+json');
  // Without it a form of another site could do the same.
  request.setRequestHeader('graphql-require-preflight', 'true');
  request.send(form);
  return { done, cancel: () => request.abort() };
}

type Told = { apiKey: string; file: File; onProgress(progress: number): void };

/** Adds a file to a conversation. */
export function uploadAttachment(conversationId: string, told: Told): Upload<null> {
  return sendFile({
    ...told,
    document: UploadAttachmentDocument,
    input: { conversationId },
    read: ({ uploadAttachment: result }) =>
      result.__typename === 'UploadAttachmentPayload' ? { value: null } : problemOf(result),
  });
}

/** Has a file's conversations imported. */
export function uploadImport(
  input: { assistant: string | null; dryRun: boolean },
  told: Told,
): Upload<ImportRowFragment> {
  return sendFile({
    ...told,
    document: ImportConversationsDocument,
    input,
    read: ({ importConversations: result }) =>
      result.__typename === 'ImportConversationsPayload' ? { value: result.import } : problemOf(result),
  });
}
