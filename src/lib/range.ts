export type ByteRange =
  /** There is no range, or none that is understood: the whole file, 200. */
  | { kind: 'whole' }
  /** 206 with `Content-Range: contentRange`; both ends included, `end` clamped to the file. */
  | { kind: 'part'; start: number; end: number; sizeBytes: number; contentRange: string }
  /** 416 with `Content-Range: contentRange`. */
  | { kind: 'unsatisfiable'; contentRange: string };

/**
 * Reads a Range header (RFC 9110) for a file of `totalBytes`. One range of bytes is answered; several, other units and
 * malformed ones are ignored, as the standard lets a server do.
 */
export function parseRange(header: string | null | undefined, totalBytes: number): ByteRange {
  const [, first, last] = header?.trim().match(/^bytes[ \t]*=[ \t]*(\d{0,15})[ \t]*-[ \t]*(\d{0,15})$/i) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' };
  if (first !== '' && last !== '' && Number(last) < Number(first)) return { kind: 'whole' };
  const start = first === '' ? Math.max(totalBytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? totalBytes - 1 : Math.min(Number(last), totalBytes - 1);
  if (start > end) return { kind: 'unsatisfiable', contentRange: `bytes */${totalBytes}` };
  return { kind: 'part', start, end, sizeBytes: end - start + 1, contentRange: `bytes ${start}-${end}/${totalBytes}` };
}
