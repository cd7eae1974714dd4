import type { CitationDraft, SummaryInput } from '../summarizer.ts';

/**
 * Where a quote stands, letter by letter: in the first message that holds it, or in the content where there are no
 * messages. Null for an empty quote and for one that is nowhere.
 */
export function findQuote(quote: string, input: Pick<SummaryInput, 'messages' | 'content'>): CitationDraft | null {
  const wanted = quote.trim();
  if (wanted === '') return null;
  for (const message of input.messages) {
    const at = message.content.indexOf(wanted);
    if (at >= 0) return citation(wanted, message.id, at);
  }
  if (input.messages.length > 0 || input.content === null) return null;
  const at = input.content.indexOf(wanted);
  return at < 0 ? null : citation(wanted, null, at);
}

function citation(quote: string, messageId: string | null, startOffset: number): CitationDraft {
  return { quote, messageId, startOffset, endOffset: startOffset + quote.length };
}
