import type { MessageInput } from '../generated/documents.ts';

/** Lines that begin with who speaks are messages; of anything else it makes one text. */
export function readMessages(text: string): MessageInput[] | null {
  const messages: MessageInput[] = [];
  for (const line of text.split('\n')) {
    const spoken = /^\s*(user|customer|assistant|agent|support)\s*:\s*(.*)$/i.exec(line);
    const last = messages.at(-1);
    if (spoken !== null) {
      const isUser = /^(user|customer)$/i.test(spoken[1] ?? '');
      messages.push({ role: isUser ? 'USER' : 'ASSISTANT', content: spoken[2] ?? '' });
    } else if (last !== undefined) last.content += `\n${line}`;
    else if (line.trim() !== '') return null;
  }
  const spoken = messages.map((each) => ({ ...each, content: each.content.trim() })).filter((each) => each.content);
  return spoken.length === 0 ? null : spoken;
}
