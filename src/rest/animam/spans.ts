import { z } from '@hono/zod-openapi';
import { BadRequestError } from '../../domain/errors.ts';
import { plusHint, spanEnd, spanStart } from '../times.ts';

/** A day or an instant in the query. */
export function spanQuery(name: 'from' | 'to', isRequired: boolean) {
  const message = `${name} must be a day, such as 2024-01-31, or a time, such as 2024-01-31T10:30:00Z`;
  const description =
    name === 'from'
      ? 'Conversations that started at this time or on this day, or later. UTC.'
      : 'Conversations that started at this time or on this day, or earlier. UTC.';
  return z
    .string({ error: ({ input }) => (input === undefined && isRequired ? `${name} is required` : message) })
    .refine((text) => spanStart(text) !== null, { error: ({ input }) => message + plusHint(input) })
    .openapi({ param: { description }, example: name === 'from' ? '2024-01-01' : '2024-01-31' });
}

/**
 * The instants that `from` and `to` bound: the first included, the second not.
 * @throws BadRequestError where `from` lies after `to`
 */
export function readSpan(from: string | undefined, to: string | undefined): { from?: Date; to?: Date } {
  const start = from === undefined ? null : spanStart(from);
  const end = to === undefined ? null : spanEnd(to);
  const given = to === undefined ? null : spanStart(to);
  if (start !== null && end !== null && given !== null && (start > end || (start > given && start >= end))) {
    throw new BadRequestError('from must not be after to', { from: ['from must not be after to'] });
  }
  return { ...(start !== null && { from: start }), ...(end !== null && { to: end }) };
}
