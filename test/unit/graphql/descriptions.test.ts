import { type GraphQLNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';

const fewestWords = 3;

/** Everything of the graph that can be described, by its path, `Query.node(id)`. */
function describedParts(type: GraphQLNamedType): [string, string | null | undefined][] {
  const own: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type)) {
    return [...own, ...type.getValues().map(({ name, description }) => part(`${type.name}.${name}`, description))];
  }
  if (isInputObjectType(type)) {
    return [
      ...own,
      ...Object.values(type.getFields()).map(({ name, description }) => part(`${type.name}.${name}`, description)),
    ];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return own;
  const fields = Object.values(type.getFields()).flatMap(({ name, description, args }) => [
    part(`${type.name}.${name}`, description),
    ...args.map((arg) => part(`${type.name}.${name}(${arg.name})`, arg.description)),
  ]);
  return [...own, ...fields];
}

const part = (path: string, description: string | null | undefined): [string, string | null | undefined] => [
  path,
  description,
];

const builtIn = /^(__.*|String|Int|Float|Boolean|ID)$/;
const parts = Object.values(schema.getTypeMap())
  .filter((type) => !builtIn.test(type.name))
  .flatMap(describedParts);

test('everything in the graph is described, in words enough to say something', () => {
  expect(parts.length).toBeGreaterThan(600);
  const words = (text: string | null | undefined) => (text ?? '').trim().split(/\s+/).filter(Boolean).length;
  expect(parts.filter(([, description]) => words(description) < fewestWords)).toEqual([]);
});

test('no description repeats the name it stands at', () => {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/\b(the|a|an|its|of|this)\b/g, '')
      .replace(/[^a-z]/g, '');
  const echoes = parts.filter(([path, description]) => {
    const name = path.replace(/^.*\./, '').replace(/^.*\((.*)\)$/, '$1');
    return plain(description ?? '') === plain(name);
  });
  expect(echoes).toEqual([]);
});
