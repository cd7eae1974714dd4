import { readSnippet } from './read-snippet.ts';

export function Snippet({ html }: { html: string }) {
  return readSnippet(html).map(({ text, isMarked }, index) =>
    isMarked ? <mark key={String(index)}>{text}</mark> : <span key={String(index)}>{text}</span>,
  );
}
