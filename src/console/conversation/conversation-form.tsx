import { type FormEvent, type ReactNode, useState } from 'react';
import type { Problem } from '../client/words.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';

/** What every conversation of the gateway's own is told by; empty where it has none. */
type Named = { title: string; segment: string };

type ConversationFormProps = {
  /** Of the form itself. */
  heading: string;
  given: Named;
  /** The words of its button, and while it is being done. */
  submit: string;
  busy: string;
  isBusy: boolean;
  /** @returns what is wrong; null where it is done */
  onSave(named: Named): Promise<Problem | null>;
  onClose(): void;
  /** Its other fields, told what is wrong with each. */
  children(wrong: Readonly<Record<string, string>>): ReactNode;
};

/** Asks for a conversation's title and segment, and for what else there is to tell. */
export function ConversationForm({ given, onSave, onClose, children, ...words }: ConversationFormProps) {
  const [title, setTitle] = useState(given.title);
  const [segment, setSegment] = useState(given.segment);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = problem?.fields ?? {};
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    setProblem(await onSave({ title, segment }));
  };
  return (
    <Modal title={words.heading} isOpen onClose={onClose} isWide>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Title"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          wrong={wrong['title']}
        />
        <Field
          label="Segment"
          hint="Your own grouping, if you like: pricing, support."
          value={segment}
          maxLength={100}
          onChange={(event) => setSegment(event.target.value)}
          wrong={wrong['segment']}
        />
        {children(wrong)}
        {problem !== null && <Trouble message={Object.values(wrong)[0] ?? problem.message} />}
        <FormActions submit={words.submit} busy={words.busy} isBusy={words.isBusy} onCancel={onClose} />
      </form>
    </Modal>
  );
}
