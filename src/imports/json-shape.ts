/**
 * How JSON lies in a file: a conversation to a line, one that takes several lines, or a document that holds a list of
 * them. Told by the first object, however long it is; no more than its keys are kept.
 */
export type JsonShape = 'lines' | 'conversation' | 'document';

const ofConversations = new Set(['messages', 'content', 'mapping']);
const listKey = 'conversations';

export async function findJsonShape(text: AsyncIterable<string>): Promise<JsonShape> {
  let depth = 0;
  let isInText = false;
  let isEscaped = false;
  let isKey = false;
  let key = '';
  let isOverLines = false;
  let isConversation = false;
  let hasEnded = false;
  for await (const piece of text) {
    for (const char of piece) {
      if (hasEnded) {
        // Something follows the first object: it is one of many.
        if (char.trim() !== '') return 'lines';
      } else if (isInText) {
        // No text of JSON goes over a line's end: the line is broken, and the next one need not be.
        if (char === '\n') return 'lines';
        if (isEscaped) isEscaped = false;
        else if (char === '\\') isEscaped = true;
        else if (char !== '"') key += isKey && key.length <= listKey.length ? char : '';
        else {
          isInText = false;
          if (isKey && key === listKey) return 'document';
          if (isKey && ofConversations.has(key)) isConversation = true;
        }
      } else if (char === '"') {
        isInText = true;
        key = '';
      } else if (char === '[' || char === '{') {
        if (depth === 0 && char === '[') return 'document';
        depth += 1;
        isKey = depth === 1;
      } else if (char === ']' || char === '}') {
        depth -= 1;
        isKey = false;
        if (depth === 0 && isConversation) return isOverLines ? 'conversation' : 'lines';
        hasEnded = depth === 0;
      } else if (char === ',') isKey = depth === 1;
      else if (char === ':') isKey = false;
      else if (char === '\n') isOverLines ||= depth > 0;
    }
  }
  return isOverLines || hasEnded ? 'document' : 'lines';
}
