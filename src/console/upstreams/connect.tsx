import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { ConnectUpstreamDocument } from '../generated/documents.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';

const apis = [
  { value: 'AI_MY_CHATS', name: 'AI My Chats', about: 'Read and written; summaries are made there.' },
  { value: 'ANIMAM', name: 'Animam', about: 'Read; summaries are made here.' },
] as const;

type Fields = Record<'apiKey' | 'name' | 'remoteTenant' | 'baseUrl' | 'syncIntervalSeconds' | 'webhookSecret', string>;

const blank: Fields = {
  apiKey: '',
  name: '',
  remoteTenant: '',
  baseUrl: '',
  syncIntervalSeconds: '60',
  webhookSecret: '',
};

/** Asks for what an account needs, by its API, and has the key tried there before it is kept. */
export function ConnectUpstream({ onClose }: { onClose(): void }) {
  const [provider, setProvider] = useState<(typeof apis)[number]['value']>('AI_MY_CHATS');
  const [fields, setFields] = useState<Fields>(blank);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, connect] = useMutation(ConnectUpstreamDocument);
  const isAnimam = provider === 'ANIMAM';

  const bind = (name: keyof Fields) => ({
    value: fields[name],
    onChange: (event: { target: { value: string } }) => setFields((now) => ({ ...now, [name]: event.target.value })),
    wrong: problem?.fields[name],
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const { data, error } = await connect({
      input: {
        provider,
        apiKey: fields.apiKey.trim(),
        name: fields.name || null,
        baseUrl: fields.baseUrl.trim() || null,
        syncIntervalSeconds: Number(fields.syncIntervalSeconds),
        ...(isAnimam
          ? { remoteTenant: fields.remoteTenant.trim() || null }
          : { webhookSecret: fields.webhookSecret.trim() || null }),
      },
    });
    const result = data?.connectUpstream;
    if (result?.__typename === 'ConnectUpstreamPayload') {
      tell(`${result.upstream.name} is connected, and being read`);
      onClose();
    } else if (result !== undefined) setProblem(explainFailure(result));
    else if (error !== undefined) setProblem({ message: explainError(error), fields: {} });
  };
  return (
    <Modal title="Connect an account" isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <fieldset className="checks">
          <legend>API</legend>
          {apis.map((api) => (
            <label key={api.value} className="check option">
              <input
                type="radio"
                name="provider"
                checked={provider === api.value}
                onChange={() => setProvider(api.value)}
              />
              <span>
                <strong>{api.name}</strong>
                <span className="block muted">{api.about}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field
          label="Its API key"
          type="password"
          hint="It is tried at once, kept encrypted, and never shown."
          {...bind('apiKey')}
        />
        {isAnimam && (
          <Field label="Tenant" hint="Its name in Animam’s addresses: my-company." {...bind('remoteTenant')} />
        )}
        <Field label="Name" hint="What it is called here, if you like." {...bind('name')} />
        <details className="more">
          <summary>More settings</summary>
          <div className="stack">
            <Field label="Address" placeholder="The API’s public one" type="url" {...bind('baseUrl')} />
            <Field label="Seconds between syncs" type="number" min={1} max={86_400} {...bind('syncIntervalSeconds')} />
            {!isAnimam && (
              <Field
                label="Webhook secret"
                hint="Changes are then here within a second. The address to enter there is shown once it is connected."
                {...bind('webhookSecret')}
              />
            )}
          </div>
        </details>
        {problem !== null && <Trouble message={Object.values(problem.fields)[0] ?? problem.message} />}
        <FormActions submit="Connect" busy="Trying the key…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
