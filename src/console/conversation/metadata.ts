/** A line of the form: the value as JSON, or as text where it is no JSON. */
export type MetadataLine = { key: string; value: string };

export type Metadata = Record<string, unknown>;

export function toLines(metadata: Metadata | null): MetadataLine[] {
  return Object.entries(metadata ?? {}).map(([key, value]) => ({ key, value: showValue(value) }));
}

/** A text that would be read as something else is shown in quotes, so that it stays a text. */
export function showValue(value: unknown): string {
  if (typeof value === 'string')
    return typeof readValue(value) === 'string' && !value.startsWith('"') ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * What is to be sent: keys that are new or changed, and null for those that are gone, since the graph merges what it
 * is given into what is there. Null where nothing changes.
 */
export function toPatch(before: Metadata | null, lines: readonly MetadataLine[]): Metadata | null {
  const after = new Map(lines.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), value]));
  const patch: Metadata = {};
  for (const [key, text] of after) {
    const value = readValue(text);
    if (JSON.stringify(before?.[key]) !== JSON.stringify(value)) patch[key] = value;
  }
  for (const key of Object.keys(before ?? {})) if (!after.has(key)) patch[key] = null;
  return Object.keys(patch).length === 0 ? null : patch;
}
