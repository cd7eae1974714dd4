import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { type Problem, problemOf } from '../client/words.ts';
import { apis } from '../generated/apis.ts';
import { ConnectUpstreamDocument } from '../generated/documents.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';

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
  const [api, setApi] = useState<(typeof apis)[number]>(apis[0]);
  const [fields, setFields] = useState<Fields>(blank);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, connect] = useMutation(ConnectUpstreamDocument);

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
        provider: api.name,
        apiKey: fields.apiKey.trim(),
        name: fields.name || null,
        baseUrl: fields.baseUrl.trim() || null,
        syncIntervalSeconds: Number(fields.syncIntervalSeconds),
        ...(api.hasTenants && { remoteTenant: fields.remoteTenant.trim() || null }),
        ...(api.postsWebhooks && { webhookSecret: fields.webhookSecret.trim() || null }),
      },
    });
    const result = data?.connectUpstream;
    if (result?.__typename === 'ConnectUpstreamPayload') {
      tell(`${result.upstream.name} is connected, and being read`);
      onClose();
    } else setProblem(problemOf(result, error));
  };
  return (
    <Modal title="Connect an account" isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <fieldset className="checks">
          <legend>API</legend>
          {apis.map((each) => (
            <label key={each.name} className="check option">
              <input type="radio" name="provider" checked={each === api} onChange={() => setApi(each)} />
              <span>
                <strong>{each.label}</strong>
                <span className="block muted">{each.about}</span>
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
        {api.hasTenants && (
          <Field label="Tenant" hint={`Its name in ${api.label}’s addresses: my-company.`} {...bind('remoteTenant')} />
        )}
        <Field label="Name" hint="What it is called here, if you like." {...bind('name')} />
        <details className="more">
          <summary>More settings</summary>
          <div className="stack">
            <Field label="Address" placeholder="The API’s public one" type="url" {...bind('baseUrl')} />
            <Field label="Seconds between syncs" type="number" min={1} max={86_400} {...bind('syncIntervalSeconds')} />
            {api.postsWebhooks && (
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
