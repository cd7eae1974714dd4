import type { Sentence } from '../sentences.ts';
import type { CitationDraft } from '../summarizer.ts';

/** The whole sentence, letter by letter. */
export function citationOf(sentence: Sentence): CitationDraft {
  return {
    quote: sentence.text,
    messageId: sentence.turn.messageId,
    startOffset: sentence.start,
    endOffset: sentence.end,
  };
}
