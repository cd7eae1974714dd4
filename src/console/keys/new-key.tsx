import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { CreateKeyDocument } from '../generated/documents.ts';
import { Choice } from '../ui/choice.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { endOf, type Lifetime, lifetimes } from './lifetimes.ts';

const scopes = [
  { value: 'conversations:read', name: 'Read', about: 'Conversations, search, stats, exports' },
  { value: 'conversations:write', name: 'Write', about: 'Create and change them, summarise, add files' },
  { value: 'conversations:delete', name: 'Delete', about: 'Conversations and files' },
  { value: 'admin', name: 'Administer', about: 'Upstreams, webhooks, keys: it can make keys of any kind' },
];
export function NewKey({ onMade, onClose }: { onMade(secret: string): void; onClose(): void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['conversations:read']);
  const [lifetime, setLifetime] = useState<Lifetime>('90');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, create] = useMutation(CreateKeyDocument);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const { data, error } = await create({ input: { name, scopes: [...chosen], expiresAt: endOf(lifetime) } });
    const result = data?.createApiKey;
    if (result?.__typename === 'CreateApiKeyPayload') onMade(result.secret);
    else if (result !== undefined) setProblem(explainFailure(result));
    else if (error !== undefined) setProblem({ message: explainError(error), fields: {} });
  };
  const general = problem?.fields['scopes'] ?? problem?.fields['expiresAt'] ?? problem?.message;
  return (
    <Modal title="New key" isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Name"
          hint="What it is for: nightly report, Ann’s laptop."
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
          wrong={problem?.fields['name']}
        />
        <fieldset className="checks">
          <legend>It may</legend>
          {scopes.map((scope) => (
            <label key={scope.value} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(scope.value)}
                onChange={() =>
                  setChosen((now) =>
                    now.includes(scope.value) ? now.filter((each) => each !== scope.value) : [...now, scope.value],
                  )
                }
              />
              <span>
                {scope.name}
                <span className="block muted">{scope.about}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="field">
          <span className="label">Expires</span>
          <Choice label="Expires" value={lifetime} options={lifetimes} onChange={(next) => setLifetime(next)} isWide />
        </div>
        {problem !== null && problem.fields['name'] === undefined && general !== undefined && (
          <Trouble message={general} />
        )}
        <FormActions submit="Make it" busy="Making it…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
