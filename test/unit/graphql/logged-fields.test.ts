import { isInterfaceType, isObjectType, parse } from 'graphql';
import { expect, test } from 'vitest';
import { asksForLogged, freshFields, loggedFields } from '../../../src/graphql/logged-fields.ts';
import { schema } from '../../../src/graphql/schema.ts';

test('each field of the types of which something is logged is said to be logged, or fresh', () => {
  const wrong: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    const logged = loggedFields[type.name]?.split(' ');
    if (logged === undefined || !(isObjectType(type) || isInterfaceType(type))) continue;
    const fresh = freshFields[type.name]?.split(' ') ?? [];
    for (const field of Object.keys(type.getFields())) {
      const isSaidOnce = fresh.includes('*') || logged.includes(field) !== fresh.includes(field);
      if (!isSaidOnce) wrong.push(`${type.name}.${field}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('neither table names what is not there', () => {
  const named = [loggedFields, freshFields].flatMap((table) =>
    Object.entries(table).flatMap(([type, fields]) => fields.split(' ').map((field) => [type, field] as const)),
  );
  const isThere = ([name, field]: readonly [string, string]) => {
    const type = schema.getType(name);
    return (isObjectType(type) || isInterfaceType(type)) && (field === '*' || field in type.getFields());
  };
  expect(named.filter((each) => !isThere(each))).toEqual([]);
});

test.each([
  [true, '{ conversations { nodes { id messages { nodes { content } } summary { actionItems { text } } } } }'],
  [
    true,
    'query ($id: ID!) { conversation(id: $id) { ...Shown upstream { provider } } } fragment Shown on Conversation { title }',
  ],
  [true, '{ __typename __schema { types { name } } }'],
  [false, '{ viewer { scopes } }'],
  [false, '{ conversations { nodes { attachments { filename url } } } }'],
  [false, '{ conversations { nodes { ...Account } } } fragment Account on Conversation { upstream { status } }'],
  [false, '{ node(id: "whk_1") { id } }'],
  [false, '{ conversations { totalCount } ... on Query { eventCursor } }'],
])('%s: %s', (isLogged, document) => {
  expect(asksForLogged(schema, parse(document))).toBe(isLogged);
});
