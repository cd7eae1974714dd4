import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../client/words.ts';
import { type ConversationHeadFragment, UpdateConversationDocument } from '../generated/documents.ts';
import { Plus, Trash } from '../generated/icons.tsx';
import { tell } from '../ui/toast.tsx';
import { ConversationForm } from './conversation-form.tsx';
import { toLines, toPatch } from './metadata.ts';

type EditProps = { conversation: ConversationHeadFragment; onClose(): void };

/** Changes the title, the segment and the metadata. */
export function EditConversation({ conversation, onClose }: EditProps) {
  const [lines, setLines] = useState(() =>
    toLines(conversation.metadata).map((line, index) => ({ ...line, id: index })),
  );
  const [{ fetching }, update] = useMutation(UpdateConversationDocument);
  const given = { title: conversation.title, segment: conversation.segment ?? '' };

  const save = async ({ title, segment }: typeof given) => {
    const metadata = toPatch(conversation.metadata, lines);
    const { data, error } = await update({
      input: {
        id: conversation.id,
        ...(title !== given.title && { title }),
        ...(segment !== given.segment && { segment: segment || null }),
        ...(metadata !== null && { metadata }),
      },
    });
    const result = data?.updateConversation;
    if (result?.__typename !== 'UpdateConversationPayload') return problemOf(result, error);
    tell('Saved');
    onClose();
    return null;
  };
  const change = (id: number, part: 'key' | 'value', text: string) =>
    setLines((now) => now.map((line) => (line.id === id ? { ...line, [part]: text } : line)));
  return (
    <ConversationForm
      heading="Edit the conversation"
      given={given}
      submit="Save"
      busy="Saving…"
      isBusy={fetching}
      onSave={save}
      onClose={onClose}
    >
      {() => (
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
      )}
    </ConversationForm>
  );
}
