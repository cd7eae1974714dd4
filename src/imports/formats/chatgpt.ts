import { z } from 'zod';
import { type FileItem, readInstant, readRole } from '../read.ts';

/** A conversation of ChatGPT's export: a tree of messages, of which the branch that was open last is the conversation. */

const node = z.looseObject({
  parent: z.string().nullish(),
  message: z
    .looseObject({
      author: z.looseObject({ role: z.string() }).nullish(),
      create_time: z.number().nullish(),
      content: z.looseObject({ parts: z.array(z.unknown()).nullish(), text: z.string().nullish() }).nullish(),
      metadata: z.looseObject({ is_visually_hidden_from_conversation: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
});

const conversation = z.looseObject({
  id: z.string().nullish(),
  conversation_id: z.string().nullish(),
  title: z.string().nullish(),
  create_time: z.number().nullish(),
  current_node: z.string().nullish(),
  mapping: z.record(z.string(), node),
});

type Node = z.output<typeof node>;

export function readChatGpt(value: unknown, place: string): FileItem {
  const parsed = conversation.safeParse(value);
  if (!parsed.success) return { place, reason: 'it is not as ChatGPT exports conversations' };
  const { mapping, title, create_time: createdAt } = parsed.data;
  const messages = branch(mapping, parsed.data.current_node ?? Object.keys(mapping).at(-1) ?? '').flatMap((each) => {
    const role = readRole(each.message?.author?.role);
    const text = textOf(each);
    const isHidden = each.message?.metadata?.is_visually_hidden_from_conversation === true;
    if (role === null || text === '' || isHidden) return [];
    return [{ role, content: text, createdAt: readInstant(each.message?.create_time) }];
  });
  if (messages.length === 0) return { place, reason: 'it has no messages that can be read' };
  const id = parsed.data.conversation_id ?? parsed.data.id;
  return {
    place,
    conversation: {
      identity: `chatgpt/${id ?? JSON.stringify([title, createdAt])}`,
      id: null,
      title: title ?? '',
      content: null,
      source: 'WEB',
      segment: null,
      metadata: { importedFrom: 'ChatGPT', ...(id != null && { conversationId: id }) },
      startedAt: readInstant(createdAt),
      messages,
    },
  };
}

/** From the root to a leaf; a circle, which no real export has, ends it. */
function branch(mapping: Readonly<Record<string, Node>>, leaf: string): Node[] {
  const nodes: Node[] = [];
  const seen = new Set<string>();
  for (let id: string | null | undefined = leaf; id != null && !seen.has(id); id = mapping[id]?.parent) {
    seen.add(id);
    const found = mapping[id];
    if (found !== undefined) nodes.push(found);
  }
  return nodes.reverse();
}

function textOf({ message }: Node): string {
  const parts = message?.content?.parts?.filter((part) => typeof part === 'string') ?? [];
  return parts.join('\n').trim() || (message?.content?.text ?? '').trim();
}
