import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { isoInstant } from '../lib/time/iso-instant.ts';
import { builder } from './builder.ts';

const maxSafeInt = Number.MAX_SAFE_INTEGER;

const firstInstant = Date.parse('0001-01-01T00:00:00.000Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

function parseDateTime(value: unknown): Date {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(value)) {
    // In the query of an address, a `+` is a space.
    const hint = typeof value === 'string' && / \d\d:\d\d$/.test(value) ? ': a `+` must be sent as `%2B`' : '';
    throw new GraphQLError(`DateTime must be an ISO 8601 instant with a zone, 2024-01-01T00:00:00.000Z${hint}`);
  }
  const date = new Date(value);
  // In UTC, which a zone may carry over the end of the years that DateTime can say.
  const isSayable = date.getTime() >= firstInstant && date.getTime() <= lastInstant;
  if (!isSayable || !isRealDay(value.slice(0, 10))) {
    throw new GraphQLError(`DateTime: there is no such instant`);
  }
  return date;
}

/** Whether a calendar has it: `2024-02-30` parses, as March the 1st. */
function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day;
}

function parseDate(value: unknown): string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value) || !isRealDay(value) || value < '0001-01-01') {
    throw new GraphQLError('Date must be a calendar day, 2024-01-31');
  }
  return value;
}

function parseJsonObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GraphQLError('JSONObject must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function parseSafeInt(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new GraphQLError(`SafeInt must be a whole number within ±${maxSafeInt}`);
  }
  return value;
}

const literal = (node: ValueNode, kinds: readonly Kind[]): unknown => {
  if (!kinds.includes(node.kind)) return undefined;
  return node.kind === Kind.INT ? Number(node.value) : valueFromASTUntyped(node);
};

builder.scalarType('DateTime', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  description: 'An instant in UTC, ISO 8601 with milliseconds: `2024-01-01T00:00:00.000Z`. Any zone is taken as input.',
  serialize: isoInstant,
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(literal(node, [Kind.STRING])),
});

builder.scalarType('Date', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#appendix-A',
  description: 'A calendar day, `2024-01-31`.',
  serialize: (value) => value,
  parseValue: parseDate,
  parseLiteral: (node) => parseDate(literal(node, [Kind.STRING])),
});

builder.scalarType('JSONObject', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-4',
  description: 'A JSON object: keys with values of any kind.',
  serialize: (value) => value,
  parseValue: parseJsonObject,
  parseLiteral: (node, variables) => parseJsonObject(valueFromASTUntyped(node, variables)),
});

builder.scalarType('File', {
  specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
  description: 'An uploaded file, sent by the GraphQL multipart request specification.',
  serialize: () => {
    throw new GraphQLError('A file is only ever an input');
  },
  parseValue: (value) => {
    if (value instanceof File) return value;
    throw new GraphQLError(
      'File must be a file of a multipart request: its variable is null in `operations`, and `map` names it',
    );
  },
  parseLiteral: () => {
    throw new GraphQLError('File must be given by a variable');
  },
});

builder.scalarType('SafeInt', {
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc7493#section-2.2',
  description: 'An integer within ±(2^53 − 1); sizes in bytes.',
  serialize: (value) => Number(value),
  parseValue: parseSafeInt,
  parseLiteral: (node) => parseSafeInt(literal(node, [Kind.INT])),
});
