import { dayMs, hourMs } from '../client/durations.ts';
import type { AuditFilter, AuditOutcome, AuditWay } from '../generated/documents.ts';

export type Since = '' | 'hour' | 'day' | 'week' | 'month';

/** What the log is narrowed to; it stands in the address. */
export type Narrowed = { outcome: AuditOutcome | ''; keyId: string; targetId: string; since: Since };

export const outcomeNames: Record<AuditOutcome, string> = { DONE: 'Done', REFUSED: 'Refused', FAILED: 'Failed' };
export const wayNames: Record<AuditWay, string> = { ADMIN: 'Command', GRAPHQL: 'GraphQL', REST: 'REST' };
const sinceMs: Record<Exclude<Since, ''>, number> = { hour: hourMs, day: dayMs, week: 7 * dayMs, month: 30 * dayMs };
const noneOf = (all: string) => ({ value: '' as const, label: all });

export const outcomes = [
  noneOf('Any outcome'),
  ...(Object.keys(outcomeNames) as AuditOutcome[]).map((value) => ({ value, label: outcomeNames[value] })),
];
export const times: readonly { value: Since; label: string }[] = [
  noneOf('Any time'),
  { value: 'hour', label: 'Last hour' },
  { value: 'day', label: 'Last 24 hours' },
  { value: 'week', label: 'Last 7 days' },
  { value: 'month', label: 'Last 30 days' },
];

/** Reads an address' search; what is none of ours is left out. */
export function readNarrowed(search: string): Narrowed {
  const params = new URLSearchParams(search);
  const outcome = params.get('outcome') ?? '';
  const since = params.get('since') ?? '';
  return {
    outcome: outcome in outcomeNames ? (outcome as AuditOutcome) : '',
    keyId: params.get('key') ?? '',
    targetId: params.get('target') ?? '',
    since: since in sinceMs ? (since as Since) : '',
  };
}

export function writeNarrowed({ outcome, keyId, targetId, since }: Narrowed): string {
  const given = Object.entries({ outcome, key: keyId, target: targetId, since }).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** As the graph takes it, from now on; null where nothing is asked for. */
export function toAuditFilter({ outcome, keyId, targetId, since }: Narrowed): AuditFilter | null {
  const filter: AuditFilter = {};
  if (outcome !== '') filter.outcome = outcome;
  if (keyId !== '') filter.apiKeyId = keyId;
  if (targetId !== '') filter.targetId = targetId;
  if (since !== '') filter.since = new Date(Date.now() - sinceMs[since]).toISOString();
  return Object.keys(filter).length === 0 ? null : filter;
}
