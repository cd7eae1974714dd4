const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

/** The parts of a snippet, which is HTML of escaped text and `<mark>`: never put into the page as HTML. */
export function readSnippet(html: string): { text: string; isMarked: boolean }[] {
  return html
    .split(/(<mark>.*?<\/mark>)/s)
    .filter((part) => part !== '')
    .map((part) => {
      const isMarked = part.startsWith('<mark>');
      const inner = isMarked ? part.slice('<mark>'.length, -'</mark>'.length) : part;
      return { text: inner.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity), isMarked };
    });
}
