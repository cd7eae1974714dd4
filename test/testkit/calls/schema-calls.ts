import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** A call of one root field. `paths`: where a file goes. */
export type SchemaCall = { name: string; query: string; variables: Record<string, unknown>; filePaths: string[] };

/** What arguments are filled with, by their names; undefined leaves one out. A name that is not here fails the test. */
const words: Readonly<Record<string, unknown>> = {
  after: undefined,
  before: undefined,
  last: undefined,
  first: 10,
  active: true,
  assistant: 'An intruder',
  apiKey: 'key_of_an_intruder',
  baseUrl: 'http://127.0.0.1:9',
  content: 'Written by an intruder',
  createdAt: '2024-01-01T00:00:00Z',
  dryRun: false,
  description: 'Changed by an intruder',
  eventType: 'conversation.created',
  events: ['conversation.created'],
  expiresAt: '2099-01-01T00:00:00Z',
  externalId: 'external',
  filename: 'intruder.txt',
  from: '2000-01-01',
  full: true,
  idempotencyKey: undefined,
  includeAttachments: true,
  language: 'en',
  metadata: { changedBy: 'intruder' },
  name: 'Renamed by an intruder',
  paused: true,
  query: 'canaryofanother',
  remoteTenant: undefined,
  scopes: ['admin'],
  segment: 'intruder',
  syncIntervalSeconds: 3_600,
  timeZone: 'UTC',
  title: 'Renamed by an intruder',
  to: '2099-01-01',
  url: 'http://127.0.0.1:9/intruder',
  webhookSecret: 'whsec_of_an_intruder_0123456789',
};
/** Narrow what is found, and so could hide what should not be: only their ids are filled. */
const filters = new Set(['AuditFilter', 'ConversationFilter', 'ConversationOrder', 'SearchOrder']);

/**
 * Calls of a root field that name others' things wherever an id is taken: one for each id, or one with all of them
 * where a list is taken, for each type that it may answer with. Everything there is, two levels deep, is asked for.
 * @throws where it does not know how to fill an argument: it is to be told
 */
export function callsOf(
  schema: GraphQLSchema,
  operation: 'query' | 'mutation' | 'subscription',
  field: GraphQLField<unknown, unknown>,
  ids: readonly string[],
): SchemaCall[] {
  const takesOne = field.args.some((argument) => takesId(argument.type, false));
  const filled = (takesOne ? ids : ids.slice(0, 1)).flatMap((id) => {
    const filePaths: string[] = [];
    const variables = Object.fromEntries(
      field.args.map(({ name, type }) => [name, fill(name, type, { id, ids, filePaths }, `variables.${name}`)]),
    );
    return [variables, leaveOut(field, variables)].map((given) => ({ variables: given, filePaths }));
  });
  const distinct = new Map(filled.map((each) => [JSON.stringify(each.variables), each]));
  return [...distinct.values()].flatMap(({ variables, filePaths }) => {
    const given = field.args.filter(({ name }) => variables[name] !== undefined);
    const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
    const head = `${operation}${declared === '' ? '' : ` (${declared})`} { ${field.name}${passed === '' ? '' : `(${passed})`}`;
    return selectionsOf(schema, getNamedType(field.type), 3).map((selection) => ({
      name: field.name,
      query: `${head} ${selection} }`,
      variables,
      filePaths,
    }));
  });
}

/** The same call with what must be given alone: a filter could hide what is wrong. */
function leaveOut(field: GraphQLField<unknown, unknown>, variables: Record<string, unknown>): Record<string, unknown> {
  const required = new Set(field.args.filter(isRequiredArgument).map(({ name }) => name));
  return Object.fromEntries(Object.entries(variables).filter(([name]) => required.has(name)));
}

function takesId(type: GraphQLInputType, isInList: boolean): boolean {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return takesId(nullable.ofType, true);
  if (isInputObjectType(nullable)) {
    return Object.values(nullable.getFields()).some((field) => takesId(field.type, isInList));
  }
  return getNamedType(nullable).name === 'ID' && !isInList;
}

type Filling = { id: string; ids: readonly string[]; filePaths: string[] };

function fill(name: string, type: GraphQLInputType, filling: Filling, path: string): unknown {
  const nullable = getNullableType(type);
  const named = getNamedType(nullable);
  if (named.name === 'ID') return isListType(nullable) ? filling.ids : filling.id;
  if (named.name === 'File') {
    filling.filePaths.push(path);
    return null;
  }
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => !filters.has(named.name) || getNamedType(field.type).name === 'ID',
    );
    if (fields.length === 0) return undefined;
    const value = Object.fromEntries(
      fields.map((field) => [field.name, fill(field.name, field.type, filling, `${path}.${field.name}`)]),
    );
    return isListType(nullable) ? [value] : value;
  }
  if (isEnumType(named)) {
    const values = named.getValues().map((value) => value.name);
    return isListType(nullable) ? values : values[0];
  }
  if (!Object.hasOwn(words, name))
    throw new Error(`${path}: ${type} is not known: say in words what it is filled with`);
  return words[name];
}

/** One for each object type that an answer may be, since fields of one name differ in type between them. */
function selectionsOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string[] {
  if (!isCompositeType(type)) return [''];
  if (isObjectType(type)) return [selectionOf(schema, type, depth)];
  return schema
    .getPossibleTypes(type)
    .map((each) => `{ __typename ... on ${each.name} ${selectionOf(schema, each, depth)} }`);
}

function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (!isObjectType(type)) return selectionsOf(schema, type, depth)[0] ?? '';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const named = getNamedType(field.type);
    if (isLeafType(named)) return [field.name];
    // Pages and their edges are no level of their own.
    const inner = /Connection$|Edge$|Payload$/.test(type.name) ? depth : depth - 1;
    return inner > 0 ? [`${field.name} ${selectionOf(schema, named, inner)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}
