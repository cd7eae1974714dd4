import { createHash } from 'node:crypto';
import { TypeID, typeidUnboxed } from 'typeid-js';

/** Kinds of ids and their prefixes, the same in GraphQL and REST. Suffixes are UUIDv7: they sort by time. */
const idPrefixes = {
  tenant: 'ten',
  apiKey: 'key',
  upstream: 'up',
  syncRun: 'sync',
  upstreamWrite: 'write',
  conversation: 'conv',
  message: 'msg',
  summary: 'sum',
  attachment: 'att',
  export: 'exp',
  import: 'imp',
  webhook: 'whk',
  webhookDelivery: 'whd',
  auditEntry: 'audit',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** A new id, `conv_01h455vb4pex5vsknk084sn02q`. */
export function newId(kind: IdKind): string {
  return typeidUnboxed(idPrefixes[kind]);
}

/** An id that is the same for the same `seed`: a UUIDv8 of its digest. */
export function idFrom(kind: IdKind, seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return TypeID.fromUUIDBytes(idPrefixes[kind], bytes).toString();
}

const kindsByPrefix = new Map<string, IdKind>(
  Object.entries(idPrefixes).map(([kind, prefix]) => [prefix, kind as IdKind]),
);

/** What kind of thing an id names; null where it is no id of ours. Whether there is such a thing it does not say. */
export function idKind(id: string): IdKind | null {
  const match = /^([a-z]+)_[0-9a-hjkmnp-tv-z]{26}$/.exec(id);
  return (match?.[1] !== undefined && kindsByPrefix.get(match[1])) || null;
}
