import { z } from '@hono/zod-openapi';
import { limits } from '../../domain/conversations/input.ts';
import { codePointCount } from '../../lib/text.ts';
import { storable } from '../inputs.ts';
import { sources } from './conversation-wire.ts';

/** Bodies that make and change conversations, with the API's own messages. */

const maxMetadataDepth = 100;

const title = z
  .string({ error: ({ input }) => (input == null ? 'Title is required' : 'Title must be a string') })
  .refine((text) => text.trim() !== '', 'Title is required')
  .refine(
    (text) => codePointCount(text) <= limits.titleMaxCharacters,
    `Title must be at most ${limits.titleMaxCharacters} characters`,
  )
  .superRefine(storable('Title'))
  .openapi({ minLength: 1, maxLength: limits.titleMaxCharacters });

const content = z
  .string({ error: ({ input }) => (input == null ? 'Content is required' : 'Content must be a string') })
  .refine((text) => text.trim() !== '', 'Content is required')
  .refine(
    (text) => codePointCount(text) < limits.contentCharacters,
    `Content must be less than ${limits.contentCharacters} characters`,
  )
  .superRefine(storable('Content'))
  .openapi({ minLength: 1, maxLength: limits.contentCharacters - 1 });

const metadata = z
  .record(z.string(), z.unknown(), { error: 'Metadata must be an object' })
  .refine(
    (value) => !isDeeperThan(value, maxMetadataDepth),
    `Metadata must be at most ${maxMetadataDepth} levels deep`,
  );

export const createSchema = z
  .object(
    {
      title,
      content,
      source: z
        .enum(sources, { error: `Source must be one of ${sources.join(', ')}` })
        .default('api')
        .openapi({ description: 'How it came in.' }),
      metadata: metadata.optional().openapi({ description: 'Whatever else is to be known of it.' }),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('NewConversation');

export const updateSchema = z
  .object(
    {
      title: title.optional(),
      metadata: metadata
        .optional()
        .openapi({ description: 'Merged, key by key, into what is there; a key given null is removed.' }),
      content: z
        .unknown()
        .refine((value) => value === undefined, 'Content cannot be changed')
        .optional()
        .openapi({ not: {}, description: 'Cannot be changed.' }),
    },
    { error: 'The body must be a JSON object' },
  )
  .openapi('ConversationChange');

/** Whether objects and lists lie within one another more than `levels` times. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
