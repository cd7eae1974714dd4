const maxLength = 200;
const maxExtensionLength = 20;
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Control characters, marks that turn the reading direction, and what cannot be seen; joiners stay, as words need them. */
const unseenCharacters =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/**
 * A client's name for a file, made fit to be shown and saved anywhere: no path, no unseen or direction-turning
 * characters, no names that a system keeps for itself, at most 200 characters with the extension kept. Never empty.
 */
export function cleanFilename(name: string): string {
  const [base = ''] = name.toWellFormed().normalize('NFC').split(/[/\\]/).slice(-1);
  const seen = base
    .replace(unseenCharacters, '')
    .replace(/\s+/gu, ' ')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[. ]+|[. ]+$/g, '');
  const allowed = reserved.test(seen) ? `_${seen}` : seen;
  return shorten(allowed) || 'file';
}

function shorten(name: string): string {
  if (name.length <= maxLength) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= maxExtensionLength ? name.slice(dot) : '';
  const room = maxLength - extension.length;
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let end = 0;
  for (const { index, segment } of segmenter.segment(name.slice(0, room + 64))) {
    if (index + segment.length > room) break;
    end = index + segment.length;
  }
  // One character longer than all the room there is (marks upon marks) is cut between its code points.
  const stem = end > 0 ? name.slice(0, end) : name.slice(0, room).replace(/[\ud800-\udbff]$/, '');
  return stem.replace(/[. ]+$/, '') + extension;
}

/** `attachment.pdf` with 2 gives `attachment (2).pdf`. */
export function numberFilename(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}

/**
 * The value of a Content-Disposition header (RFC 6266, RFC 8187), for a name as {@link cleanFilename} gives it. Names
 * outside ASCII are given twice, for clients that know only the old form.
 */
export function contentDisposition(filename: string, disposition: 'attachment' | 'inline' = 'attachment'): string {
  const clean = cleanFilename(filename);
  const ascii = clean
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]+/g, '_')
    .replace(/["\\%]/g, '_');
  if (ascii === clean) return `${disposition}; filename="${ascii}"`;
  const encoded = encodeURIComponent(clean).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${disposition}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
