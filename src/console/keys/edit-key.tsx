import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { type KeyPartsFragment, UpdateKeyDocument } from '../generated/documents.ts';
import { Choice } from '../ui/choice.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';
import { endOf, type Lifetime, lifetimes } from './lifetimes.ts';

/** Renames a key, or gives it another end. What it may do stays: that takes another key. */
export function EditKey({ apiKey, onClose }: { apiKey: KeyPartsFragment; onClose(): void }) {
  const [name, setName] = useState(apiKey.name);
  const [lifetime, setLifetime] = useState<Lifetime | 'same'>('same');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, update] = useMutation(UpdateKeyDocument);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const end = lifetime === 'same' ? {} : { expiresAt: endOf(lifetime) };
    const { data, error } = await update({ input: { id: apiKey.id, ...(name !== apiKey.name && { name }), ...end } });
    const result = data?.updateApiKey;
    if (result?.__typename === 'UpdateApiKeyPayload') {
      tell('Saved');
      onClose();
    } else if (result !== undefined) setProblem(explainFailure(result));
    else if (error !== undefined) setProblem({ message: explainError(error), fields: {} });
  };
  return (
    <Modal title={`Edit “${apiKey.name}”`} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Name"
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
          wrong={problem?.fields['name']}
        />
        <div className="field">
          <span className="label">Expires</span>
          <Choice
            label="Expires"
            value={lifetime}
            options={[{ value: 'same', label: 'As it is' }, ...lifetimes]}
            onChange={(next) => setLifetime(next)}
            isWide
          />
        </div>
        {problem !== null && problem.fields['name'] === undefined && <Trouble message={problem.message} />}
        <FormActions submit="Save" busy="Saving…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
