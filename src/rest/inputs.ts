import { z } from '@hono/zod-openapi';
import { textProblem } from '../lib/text.ts';
import { isDay, plusHint } from './times.ts';

/** Checks of query parameters and body fields, with messages that begin with the name of what they are about. */

const maxInteger = 2_147_483_647;
const once = (name: string) => ({ error: `${name} must be given once` });

/** A whole number in the query; `fallback` where it is not given. */
export function wholeNumberQuery(
  name: string,
  {
    min = 1,
    max = maxInteger,
    fallback,
    description,
  }: { min?: number; max?: number; fallback: number; description: string },
) {
  return z
    .string(once(name))
    .optional()
    .transform((text, ctx) => {
      if (text === undefined) return fallback;
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      const bounds = max === maxInteger ? `from ${min}` : `from ${min} to ${max}`;
      ctx.addIssue({ code: 'custom', message: `${name} must be a whole number ${bounds}` });
      return z.NEVER;
    })
    .openapi({ type: 'integer', minimum: min, maximum: max, default: fallback, param: { description } });
}

/** One of several words in the query. */
export function choiceQuery<const Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
  options: { description: string; default?: Choice },
) {
  const { description, default: preset } = options;
  return z
    .enum(choices, { error: `${name} must be one of ${choices.join(', ')}` })
    .optional()
    .openapi({ param: { description }, ...(preset !== undefined && { default: preset }) });
}

/** Some text in the query. */
export function textQuery(name: string, { max, description }: { max: number; description: string }) {
  return z
    .string(once(name))
    .refine((text) => text.length <= max, `${name} must be at most ${max} characters`)
    .superRefine(storable(name))
    .optional()
    .openapi({ maxLength: max, param: { description } });
}

/** A text that the database can hold. */
export function storable(name: string) {
  return (text: string, ctx: z.RefinementCtx): void => {
    const problem = textProblem(text);
    if (problem !== null) ctx.addIssue({ code: 'custom', message: `${name} ${problem}` });
  };
}

/** A calendar day in UTC. */
export function day(name: string, description: string) {
  return z
    .string({ error: `${name} must be a day, such as 2024-01-31` })
    .refine(isDay, { error: ({ input }) => `${name} must be a day, such as 2024-01-31${plusHint(input)}` })
    .openapi({ format: 'date', description });
}

/** A whole number in a body; `fallback` where it is not given. */
export function wholeNumberField(
  name: string,
  {
    min = 1,
    max = maxInteger,
    fallback,
    description,
  }: { min?: number; max?: number; fallback: number; description: string },
) {
  const bounds = max === maxInteger ? `from ${min}` : `from ${min} to ${max}`;
  const message = `${name} must be a whole number ${bounds}`;
  return z.int({ error: message }).min(min, message).max(max, message).default(fallback).openapi({ description });
}

/** `?a=1` and the like, told as fields: what is wrong, by parameter or by the body field's path. */
export function fieldsOf(error: z.ZodError): Record<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const { path, message } of error.issues) {
    const field = path.length === 0 ? 'body' : path.join('.');
    const messages = fields.get(field) ?? [];
    if (!messages.includes(message)) messages.push(message);
    fields.set(field, messages);
  }
  return Object.fromEntries(fields);
}
