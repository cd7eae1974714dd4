const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

type Part = { text: string; isMarked: boolean };

/** In UTF-16 code units. */
const maxBefore = 40;

/** The parts of a snippet, which is HTML of escaped text and `<mark>`: never put into the page as HTML. */
export function readSnippet(html: string): Part[] {
  return fromMark(partsOf(html));
}

/** With no more before the first mark than a line holds: two of them are shown, and the mark is what is looked for. */
function fromMark(parts: Part[]): Part[] {
  const [first, ...rest] = parts;
  if (first === undefined || first.isMarked || first.text.length <= maxBefore || rest.length === 0) return parts;
  const end = first.text.slice(-maxBefore).toWellFormed();
  // From a word's beginning, where the script has spaces.
  return [{ ...first, text: `…${end.replace(/^\S*\s+(?=\S)/, '')}` }, ...rest];
}

function partsOf(html: string): Part[] {
  return html
    .split(/(<mark>.*?<\/mark>)/s)
    .filter((part) => part !== '')
    .map((part) => {
      const isMarked = part.startsWith('<mark>');
      const inner = isMarked ? part.slice('<mark>'.length, -'</mark>'.length) : part;
      return { text: inner.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity), isMarked };
    });
}
