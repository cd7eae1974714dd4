const maxLength = 200;
/** In UTF-8: what file systems take. */
const maxBytes = 255;
const maxEndingLength = 20;
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Control characters, marks that turn the reading direction, and what cannot be seen; joiners stay, as words need them. */
const unseenCharacters =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/**
 * A client's name for a file, made fit to be shown and saved anywhere: no path, no unseen or direction-turning
 * characters, no names that a system keeps for itself, at most 200 characters and 255 bytes with the ending kept. Never
 * empty.
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

function shorten(name: string, suffix = ''): string {
  const ending = endingOf(name);
  const room = maxBytes - Buffer.byteLength(suffix + ending);
  const stem = name.slice(0, name.length - ending.length);
  if (stem.length <= maxLength - ending.length && Buffer.byteLength(stem) <= room) return stem + suffix + ending;
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const cut = firstThatFit(
    Array.from(segmenter.segment(stem.slice(0, maxLength + 64)), ({ segment }) => segment),
    room,
    maxLength - ending.length,
  );
  // One character longer than all the room there is (marks upon marks) is cut between its code points.
  const kept = cut === '' ? firstThatFit([...stem.slice(0, maxLength)], room, maxLength - ending.length) : cut;
  return kept.replace(/[. ]+$/, '') + suffix + ending;
}

function firstThatFit(parts: readonly string[], bytes: number, length: number): string {
  let kept = '';
  let keptBytes = 0;
  for (const part of parts) {
    keptBytes += Buffer.byteLength(part);
    if (keptBytes > bytes || kept.length + part.length > length) break;
    kept += part;
  }
  return kept;
}

/** `.pdf`, `.tar.gz`; empty where a name has none, or what follows its dot is too long for one. */
function endingOf(name: string): string {
  const [ending = ''] = name.match(/(?:\.tar)?\.[^.]*$/i) ?? [];
  return ending.length < name.length && ending.length <= maxEndingLength ? ending : '';
}

/** `attachment.pdf` with 2 gives `attachment (2).pdf`, no longer than a name may be. */
export function numberFilename(name: string, number: number): string {
  return shorten(name, ` (${number})`);
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
