import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { type ConversationHeadFragment, UpdateConversationDocument } from '../generated/documents.ts';
import { Plus, Trash } from '../generated/icons.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';
import { toLines, toPatch } from './metadata.ts';

type EditProps = { conversation: ConversationHeadFragment; onClose(): void };

/** Changes the title, the segment and the metadata. */
export function EditConversation({ conversation, onClose }: EditProps) {
  const [title, setTitle] = useState(conversation.title);
  const [segment, setSegment] = useState(conversation.segment ?? '');
  const [lines, setLines] = useState(() =>
    toLines(conversation.metadata).map((line, index) => ({ ...line, id: index })),
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const [{ fetching }, update] = useMutation(UpdateConversationDocument);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const metadata = toPatch(conversation.metadata, lines);
    const { data, error } = await update({
      input: {
        id: conversation.id,
        ...(title !== conversation.title && { title }),
        ...(segment !== (conversation.segment ?? '') && { segment: segment || null }),
        ...(metadata !== null && { metadata }),
      },
    });
    const result = data?.updateConversation;
    if (result?.__typename === 'UpdateConversationPayload') {
      tell('Saved');
      onClose();
    } else if (result !== undefined) setProblem(explainFailure(result));
    else if (error !== undefined) setProblem({ message: explainError(error), fields: {} });
  };
  const change = (id: number, part: 'key' | 'value', text: string) =>
    setLines((now) => now.map((line) => (line.id === id ? { ...line, [part]: text } : line)));
  return (
    <Modal title="Edit the conversation" isOpen onClose={onClose} isWide>
      <form className="stack" onSubmit={save}>
        <Field
          label="Title"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          wrong={problem?.fields['title']}
        />
        <Field
          label="Segment"
          value={segment}
          maxLength={100}
          onChange={(event) => setSegment(event.target.value)}
          wrong={problem?.fields['segment']}
        />
        <fieldset className="metadata-lines">
          <legend className="label">Metadata</legend>
          {lines.map((line, index) => (
            <div key={line.id}>
              <input
                className="input"
                aria-label={`Name ${index + 1}`}
                placeholder="name"
                value={line.key}
                onChange={(event) => change(line.id, 'key', event.target.value)}
              />
              <input
                className="input"
                aria-label={`Value of ${line.key || `name ${index + 1}`}`}
                placeholder="value, or JSON"
                value={line.value}
                onChange={(event) => change(line.id, 'value', event.target.value)}
              />
              <button
                type="button"
                className="button quiet icon"
                aria-label={`Remove ${line.key || `name ${index + 1}`}`}
                onClick={() => setLines((now) => now.filter((each) => each.id !== line.id))}
              >
                <Trash size={15} aria-hidden />
              </button>
            </div>
          ))}
          <button
            type="button"
            className="button"
            onClick={() => setLines((now) => [...now, { key: '', value: '', id: (now.at(-1)?.id ?? -1) + 1 }])}
          >
            <Plus size={15} aria-hidden /> Add
          </button>
        </fieldset>
        {problem !== null && <Trouble message={Object.values(problem.fields)[0] ?? problem.message} />}
        <FormActions submit="Save" busy="Saving…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
