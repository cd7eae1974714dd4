import { z } from 'zod';
import { ConversationSource, ConversationStatus, Sentiment } from '../../database/generated/enums.ts';
import { jsonProblem } from '../../lib/text.ts';
import type { Caller } from '../app.ts';
import { type ConversationFilter, conversationCondition } from '../conversations/list/filter.ts';
import { BadRequestError, ValidationError } from '../errors.ts';

/** An export's filter, as it is kept with the export and as it is told in it. */

const instant = z.iso.datetime().transform((text) => new Date(text));
const day = z.iso.date();
const days = z.object({ from: day.optional(), to: day.optional() });

/** JSON has no instants: they are kept as ISO 8601 with milliseconds. */
const storedFilter = z.object({
  ids: z.array(z.string()).optional(),
  providers: z.array(z.string()).optional(),
  upstreamIds: z.array(z.string()).optional(),
  statuses: z.array(z.enum(ConversationStatus)).optional(),
  sources: z.array(z.enum(ConversationSource)).optional(),
  segments: z.array(z.string()).optional(),
  sentiments: z.array(z.enum(Sentiment)).optional(),
  topics: z.array(z.string()).optional(),
  started: days.optional(),
  startedBetween: z.object({ from: instant.optional(), to: instant.optional() }).optional(),
  created: days.optional(),
  updatedSince: instant.optional(),
  messageCount: z.object({ min: z.int().optional(), max: z.int().optional() }).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  search: z.string().optional(),
});

/** A filter as JSON, without what is absent or null; null where nothing is left. */
export function toStoredFilter(filter: ConversationFilter | null | undefined): Record<string, unknown> | null {
  const { metadata, ...others } = filter ?? {};
  const kept: Record<string, unknown> = JSON.parse(
    JSON.stringify(others, (_key, value: unknown) => (value === null ? undefined : value)),
  );
  // A null within it is looked for.
  if (metadata != null) kept['metadata'] = metadata;
  return Object.keys(kept).length === 0 ? null : kept;
}

/** The filter that {@link toStoredFilter} gave. @throws ZodError where it is none */
export function fromStoredFilter(stored: unknown): ConversationFilter | null {
  if (stored === null) return null;
  const filter = storedFilter.parse(stored);
  // Absent keys stay absent: zod gives none for them, and its type says `undefined`.
  return filter as ConversationFilter;
}

/** @throws ValidationError (on `filter`) where it cannot hold by its form */
export function checkExportFilter(caller: Caller, filter: ConversationFilter | null | undefined): void {
  const problem = jsonProblem(filter ?? null);
  if (problem !== null) throw new ValidationError({ filter: [`Filter ${problem}`] });
  try {
    conversationCondition(caller, filter);
  } catch (err) {
    if (err instanceof BadRequestError) throw new ValidationError({ filter: [err.message] });
    throw err;
  }
}

const labels: Record<keyof ConversationFilter, string> = {
  ids: 'Conversations',
  providers: 'APIs',
  upstreamIds: 'Upstreams',
  statuses: 'Statuses',
  sources: 'Sources',
  segments: 'Segments',
  sentiments: 'Sentiments',
  topics: 'Topics',
  started: 'Started',
  startedBetween: 'Started',
  created: 'Created',
  updatedSince: 'Changed since',
  messageCount: 'Messages',
  metadata: 'Metadata',
  search: 'Words',
};

/** A filter's conditions in words, `{ Started: '2026-01-01 to 2026-01-31' }`. */
export function describeFilter(filter: ConversationFilter | null): Record<string, string> {
  const conditions = Object.entries(filter ?? {}).flatMap(([name, value]: [string, unknown]) => {
    const label = labels[name as keyof ConversationFilter];
    return value == null || label === undefined
      ? []
      : [[label, name === 'metadata' ? JSON.stringify(value) : inWords(value)] as const];
  });
  return Object.fromEntries(conditions);
}

function inWords(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(inWords).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { min, max, from = min, to = max } = value as Partial<Record<'min' | 'max' | 'from' | 'to', unknown>>;
  if (from == null) return to == null ? 'any time' : `until ${inWords(to)}`;
  return to == null ? `from ${inWords(from)}` : `${inWords(from)} to ${inWords(to)}`;
}
