import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { CreateWebhookDocument, UpdateWebhookDocument, type WebhookPartsFragment } from '../generated/documents.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';
import { eventTypes } from './event-types.ts';

type EditProps = {
  /** Null for a new one. */
  webhook: WebhookPartsFragment | null;
  onMade(secret: string): void;
  onClose(): void;
};

export function EditWebhook({ webhook, onMade, onClose }: EditProps) {
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState<readonly string[]>(
    webhook?.events ?? ['conversation.created', 'summary.generated'],
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching: isMaking }, create] = useMutation(CreateWebhookDocument);
  const [{ fetching: isChanging }, update] = useMutation(UpdateWebhookDocument);

  const save = async () => {
    const input = { url, events: [...events], description: description || null };
    if (webhook === null) {
      const { data, error } = await create({ input });
      const result = data?.createWebhook;
      if (result?.__typename === 'CreateWebhookPayload') {
        onMade(result.secret);
        return null;
      }
      return result === undefined ? { message: error ? explainError(error) : '', fields: {} } : explainFailure(result);
    }
    const { data, error } = await update({ input: { id: webhook.id, ...input } });
    const result = data?.updateWebhook;
    if (result?.__typename === 'UpdateWebhookPayload') {
      tell('Saved');
      onClose();
      return null;
    }
    return result === undefined ? { message: error ? explainError(error) : '', fields: {} } : explainFailure(result);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    void save().then(setProblem);
  };
  const isKnown = problem !== null && (problem.fields['url'] ?? problem.fields['description']) !== undefined;
  return (
    <Modal title={webhook === null ? 'New webhook' : 'Edit the webhook'} isOpen onClose={onClose} isWide>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Address"
          hint="It answers 200 within 5 seconds; what it does not take is tried again, five times in nine hours."
          type="url"
          placeholder="https://example.com/hook"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          wrong={problem?.fields['url']}
        />
        <Field
          label="Description"
          value={description}
          maxLength={500}
          onChange={(event) => setDescription(event.target.value)}
          wrong={problem?.fields['description']}
        />
        <fieldset className="checks columns">
          <legend>It is told of</legend>
          {eventTypes.map((type) => (
            <label key={type} className="check">
              <input
                type="checkbox"
                checked={events.includes(type)}
                onChange={() =>
                  setEvents((now) => (now.includes(type) ? now.filter((each) => each !== type) : [...now, type]))
                }
              />
              <code>{type}</code>
            </label>
          ))}
        </fieldset>
        {problem !== null && !isKnown && <Trouble message={problem.fields['events'] ?? problem.message} />}
        <FormActions
          submit={webhook === null ? 'Make it' : 'Save'}
          busy="Saving…"
          isBusy={isMaking || isChanging}
          onCancel={onClose}
        />
      </form>
    </Modal>
  );
}
