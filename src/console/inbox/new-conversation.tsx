import { useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { problemOf } from '../client/words.ts';
import { ConversationForm } from '../conversation/conversation-form.tsx';
import { CreateConversationDocument } from '../generated/documents.ts';
import { readMessages } from './read-messages.ts';

export function NewConversation({ onClose }: { onClose(): void }) {
  const [, navigate] = useLocation();
  const [{ fetching }, create] = useMutation(CreateConversationDocument);
  const [text, setText] = useState('');
  const messages = readMessages(text);

  const save = async ({ title, segment }: { title: string; segment: string }) => {
    const { data, error } = await create({
      input: { title, segment: segment || null, ...(messages === null ? { content: text } : { messages }) },
    });
    const result = data?.createConversation;
    if (result?.__typename !== 'CreateConversationPayload') return problemOf(result, error);
    onClose();
    navigate(`/conversations/${result.conversation.id}`);
    return null;
  };
  return (
    <ConversationForm
      heading="New conversation"
      given={{ title: '', segment: '' }}
      submit="Make it, and summarise"
      busy="Making it…"
      isBusy={fetching}
      onSave={save}
      onClose={onClose}
    >
      {(wrong) => {
        const wrongText = wrong['content'] ?? wrong['messages'];
        return (
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
        );
      }}
    </ConversationForm>
  );
}
