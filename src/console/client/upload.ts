import { stringifyDocument } from '@urql/core';
import {
  UploadAttachmentDocument,
  type UploadAttachmentMutation,
  type UploadAttachmentMutationVariables,
} from '../generated/documents.ts';
import { explainCode, explainFailure } from './words.ts';

export type Upload = { done: Promise<string | null>; cancel(): void };

type Answer = {
  data?: UploadAttachmentMutation | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
};

/** @returns what is wrong, in words; null where the file was added */
function readAnswer(text: string): string | null {
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    return 'The gateway answered with something unexpected.';
  }
  const error = answer.errors?.[0];
  if (error !== undefined) {
    return explainCode(String(error.extensions?.['code'] ?? ''), error.message, error.extensions);
  }
  const result = answer.data?.uploadAttachment;
  if (result === undefined || result.__typename === 'UploadAttachmentPayload') return null;
  const problem = explainFailure(result);
  return Object.values(problem.fields)[0] ?? problem.message;
}

/**
 * Sends a file by the GraphQL multipart request specification, telling how far it is: 0 to 1. By XMLHttpRequest, since
 * `fetch` tells nothing of what is sent.
 */
export function uploadAttachment(
  apiKey: string,
  conversationId: string,
  file: File,
  onProgress: (progress: number) => void,
): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<string | null>((resolve) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => resolve(readAnswer(request.responseText));
    request.onerror = () => resolve('The gateway does not answer. Try again when it is back.');
    request.onabort = () => resolve('Cancelled.');
  });
  const variables: Record<keyof UploadAttachmentMutationVariables, unknown> = { input: { conversationId, file: null } };
  const form = new FormData();
  form.append('operations', JSON.stringify({ query: stringifyDocument(UploadAttachmentDocument), variables }));
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
