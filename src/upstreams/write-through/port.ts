import type { Caller, UpstreamPort } from '../../domain/app.ts';
import { ValidationError } from '../../domain/errors.ts';
import type { UpstreamParts } from '../conversation/mirror-conversation.ts';
import { UpstreamFailure } from '../http/failure.ts';
import { deleteAttachmentThrough, openThrough, uploadThrough } from './attachments.ts';
import { createThrough } from './create-through.ts';
import { isRefusedAddress, withDomainErrors } from './domain-error.ts';
import { noteRefusedKey } from './refused-key.ts';
import { deleteThrough, regenerateThrough, updateThrough } from './write-through.ts';

/** How long an account that is being connected may take to answer, in milliseconds. */
const verifyTimeoutMs = 10_000;

/** What the domain asks of upstreams, done by their clients. */
export function createUpstreamPort(parts: UpstreamParts): UpstreamPort {
  const writing = <T>(caller: Caller, run: () => Promise<T>) =>
    withDomainErrors(async () => {
      try {
        return await run();
      } catch (err) {
        if (err instanceof UpstreamFailure && err.refusedKey !== null) await noteRefusedKey(caller, err);
        throw err;
      }
    });
  return {
    verify: (credentials) =>
      withDomainErrors(async () => {
        try {
          const client = parts.clients.ofNew(credentials);
          await client.verify({ priority: 'interactive', timeoutMs: verifyTimeoutMs });
        } catch (err) {
          if (!(err instanceof UpstreamFailure) || !isRefusedAddress(err)) throw err;
          const message = 'Base URL must be a public address: private and local ones are not called';
          throw new ValidationError({ baseUrl: [message] });
        }
      }),
    createConversation: (caller, upstreamId, draft, idempotencyKey) =>
      writing(caller, () => createThrough(caller, parts, upstreamId, draft, idempotencyKey)),
    updateConversation: (caller, id, change) => writing(caller, () => updateThrough(caller, parts, id, change)),
    deleteConversation: (caller, id, isErased = false) =>
      writing(caller, () => deleteThrough(caller, parts, id, isErased)),
    regenerateSummary: (caller, id, options) => writing(caller, () => regenerateThrough(caller, parts, id, options)),
    uploadAttachment: (caller, id, file) => writing(caller, () => uploadThrough(caller, parts, id, file)),
    deleteAttachment: (caller, id) => writing(caller, () => deleteAttachmentThrough(caller, parts, id)),
    openAttachment: (caller, id, signal) => writing(caller, () => openThrough(caller, parts, id, signal)),
  };
}
