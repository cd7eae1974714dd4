import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { type Problem, problemOf } from '../client/words.ts';
import { apis } from '../generated/apis.ts';
import { UpdateUpstreamDocument, type UpstreamRowFragment } from '../generated/documents.ts';
import { CopyField } from '../ui/copy.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';

/** Changes an account's settings; what is left empty stays as it is. */
export function EditUpstream({ upstream, onClose }: { upstream: UpstreamRowFragment; onClose(): void }) {
  const api = apis.find((each) => each.name === upstream.provider);
  const [name, setName] = useState(upstream.name);
  const [apiKey, setApiKey] = useState('');
  const [seconds, setSeconds] = useState(String(upstream.syncIntervalSeconds));
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, update] = useMutation(UpdateUpstreamDocument);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const { data, error } = await update({
      input: {
        id: upstream.id,
        ...(name !== upstream.name && { name }),
        ...(apiKey.trim() !== '' && { apiKey: apiKey.trim() }),
        ...(Number(seconds) !== upstream.syncIntervalSeconds && { syncIntervalSeconds: Number(seconds) }),
        ...(secret.trim() !== '' && { webhookSecret: secret.trim() }),
      },
    });
    const result = data?.updateUpstream;
    if (result?.__typename === 'UpdateUpstreamPayload') {
      tell('Saved');
      onClose();
    } else setProblem(problemOf(result, error));
  };
  return (
    <Modal title={`Settings of ${upstream.name}`} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          wrong={problem?.fields['name']}
        />
        <Field
          label="Another API key"
          type="password"
          hint="Tried at once. Leave it empty to keep the present one."
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
          wrong={problem?.fields['apiKey']}
        />
        <Field
          label="Seconds between syncs"
          type="number"
          min={1}
          max={86_400}
          required
          value={seconds}
          onChange={(event) => setSeconds(event.target.value)}
          wrong={problem?.fields['syncIntervalSeconds']}
        />
        {api?.postsWebhooks === true && (
          <>
            <div className="field">
              <span className="label">Webhook address</span>
              <CopyField label="Webhook address" text={upstream.webhookUrl} />
              <span className="hint">
                Enter it at {api.label}, and its secret below: changes are then here at once.
              </span>
            </div>
            <Field
              label="Webhook secret"
              placeholder="As it is"
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
              wrong={problem?.fields['webhookSecret']}
            />
          </>
        )}
        {problem !== null && <Trouble message={Object.values(problem.fields)[0] ?? problem.message} />}
        <FormActions submit="Save" busy="Saving…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
