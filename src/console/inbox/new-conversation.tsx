import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { explainError, explainFailure, type Problem } from '../client/words.ts';
import { CreateConversationDocument } from '../generated/documents.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { readMessages } from './read-messages.ts';

export function NewConversation({ onClose }: { onClose(): void }) {
  const [, navigate] = useLocation();
  const [{ fetching }, create] = useMutation(CreateConversationDocument);
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const [segment, setSegment] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const messages = readMessages(text);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const { data, error } = await create({
      input: { title, segment: segment || null, ...(messages === null ? { content: text } : { messages }) },
    });
    const result = data?.createConversation;
    if (result?.__typename === 'CreateConversationPayload') {
      onClose();
      navigate(`/conversations/${result.conversation.id}`);
    } else if (result !== undefined) setProblem(explainFailure(result));
    else if (error !== undefined) setProblem({ message: explainError(error), fields: {} });
  };
  const wrongText = problem?.fields['content'] ?? problem?.fields['messages'];
  return (
    <Modal title="New conversation" isOpen onClose={onClose} isWide>
      <form className="stack" onSubmit={submit}>
        <Field
          label="Title"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          wrong={problem?.fields['title']}
        />
        <div className="field">
          <label htmlFor="new-text">Text</label>
          <textarea
            id="new-text"
            className="input"
            rows={8}
            value={text}
            placeholder={
              'User: My order arrived broken.\nAssistant: I am sorry to hear that. I will send a new one today.'
            }
            onChange={(event) => setText(event.target.value)}
            aria-invalid={wrongText !== undefined}
            aria-describedby="new-text-hint"
          />
          <span className="hint" id="new-text-hint">
            {messages === null
              ? 'Lines that begin with “User:” or “Assistant:” become messages.'
              : `${messages.length} messages.`}
          </span>
          {wrongText !== undefined && <span className="wrong">{wrongText}</span>}
        </div>
        <Field
          label="Segment"
          hint="Your own grouping, if you like: pricing, support."
          value={segment}
          maxLength={100}
          onChange={(event) => setSegment(event.target.value)}
          wrong={problem?.fields['segment']}
        />
        {problem !== null && Object.keys(problem.fields).length === 0 && <Trouble message={problem.message} />}
        <FormActions submit="Make it, and summarise" busy="Making it…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
