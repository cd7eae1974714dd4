import { stringifyDocument } from '@urql/core';
import type { Data } from '../client/client.ts';
import { explainError, explainFailure } from '../client/words.ts';
import { DeleteConversationDocument } from '../generated/documents.ts';
import { complain, tell } from '../ui/toast.tsx';

/** How long it can be taken back. */
const undoMs = 7_000;

type Options = { id: string; title: string; onGone(): void; onBack(): void };

/**
 * Takes a conversation off the screen now, and deletes it when it can no longer be taken back: a deletion reaches the
 * API that it lives in, and nothing brings it back from there. A page that is closed before deletes it then.
 */
export function deleteLater({ client, apiKey }: Data, { id, title, onGone, onBack }: Options): void {
  let isSettled = false;
  const input = { id };
  const settle = () => {
    if (isSettled) return false;
    isSettled = true;
    removeEventListener('pagehide', onLeave);
    return true;
  };
  const onLeave = () => {
    if (!settle()) return;
    void fetch('/graphql', {
      method: 'POST',
      keepalive: true,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query: stringifyDocument(DeleteConversationDocument), variables: { input } }),
    });
  };
  const send = async () => {
    if (!settle()) return;
    const { data, error } = await client.mutation(DeleteConversationDocument, { input }).toPromise();
    const result = data?.deleteConversation;
    if (result?.__typename === 'DeleteConversationPayload' || result?.__typename === 'NotFoundError') return;
    onBack();
    const why = result !== undefined ? explainFailure(result).message : error && explainError(error);
    complain(`“${title}” is not deleted`, why ?? '');
  };
  addEventListener('pagehide', onLeave);
  onGone();
  tell(`“${title}” is deleted`, {
    timeoutMs: undoMs,
    undo: () => {
      if (settle()) onBack();
    },
    onClose: () => void send(),
  });
}
