import { shorten, titleMaxChars } from './length.ts';
import type { SummaryDraft, SummaryInput } from './summarizer.ts';

/** What is said of a conversation that holds system messages and nothing else. */
const systemAlone = 'The conversation holds system messages alone.';
const noMessages = 'No messages to summarise';

/** Whether all that is said is said by the system: what a model is told beforehand, which is context and never retold. */
export function isSystemAlone({ messages }: Pick<SummaryInput, 'messages'>): boolean {
  const said = messages.filter(({ content }) => content.trim() !== '');
  return said.length > 0 && said.every(({ role }) => role === 'SYSTEM');
}

/** The conversation without its system messages, and without its title where that is how one of them begins. */
export function withoutSystem(input: SummaryInput): SummaryInput {
  const system = input.messages.filter(({ role }) => role === 'SYSTEM');
  if (system.length === 0) return input;
  const title = flat(input.title).replace(/(?:…|\.{3})$/, '');
  const isOfSystem = title !== '' && system.some(({ content }) => flat(content).startsWith(title));
  const messages = input.messages.filter(({ role }) => role !== 'SYSTEM');
  return { ...input, messages, title: isOfSystem ? '' : input.title };
}

/** The summary of a conversation of system messages alone: that it is one, and nothing of what they say. */
export function summarizeSystemAlone(input: SummaryInput): SummaryDraft {
  const title = shorten(withoutSystem(input).title, titleMaxChars);
  return {
    title: title === '' ? noMessages : title,
    content: input.style === 'BULLETS' ? `- ${systemAlone}` : systemAlone,
    sentiment: 'NEUTRAL',
    topics: [],
    actionItems: [],
    citations: [],
    language: 'en',
  };
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
