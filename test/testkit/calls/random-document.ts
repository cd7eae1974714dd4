import fc, { type GeneratorValue } from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';

/** Deeper than what is allowed, at times. */
const deepest = 18;
const oddTexts = [
  '',
  ' ',
  'prices',
  'conv_00000000000000000000000001',
  '\u0000',
  '💥',
  '%',
  "'",
  '2024-02-30',
  '2024-01-31',
];

/** Draws operations of a schema: their fields exist, their arguments are of the right shape and often of odd values. */
export function randomDocuments(schema: GraphQLSchema): fc.Arbitrary<string> {
  return fc.gen().map((draw) => {
    const operation = pick(draw, ['query', 'query', 'query', 'mutation']);
    const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (root == null) throw new Error(`the schema has no ${operation}`);
    const depth = pick(draw, [2, 3, 4, 6, 9, deepest]);
    return `${operation} ${selectionOf(schema, root, depth, draw)}`;
  });
}

/** One of some. Numbers alone are drawn: what is drawn from is compared in depth, and a schema has no end. */
function pick<Item>(draw: GeneratorValue, items: readonly Item[]): Item {
  const item = items[draw(fc.nat, items.length - 1)];
  if (item === undefined) throw new Error('there is nothing to draw from');
  return item;
}

function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number, draw: GeneratorValue): string {
  if (isUnionType(type)) {
    const member = pick(draw, type.getTypes());
    return `{ __typename ... on ${member.name} ${selectionOf(schema, member, depth, draw)} }`;
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  const fields = Object.values(type.getFields()).filter((field) => depth > 1 || isLeafType(getNamedType(field.type)));
  if (fields.length === 0) return '{ __typename }';
  // Composite ones first where it is to go deep.
  const wide = depth > 6 ? 2 : 5;
  const chosen = Array.from({ length: 1 + draw(fc.nat, wide - 1) }, () => pick(draw, fields));
  const parts = chosen.map((field, index) => {
    const name = chosen.indexOf(field) !== index || draw(fc.boolean) ? `a${index}: ${field.name}` : field.name;
    const inner = isLeafType(getNamedType(field.type))
      ? ''
      : selectionOf(schema, getNamedType(field.type), depth - 1, draw);
    return `${name}${argumentsOf(field.args, draw)} ${inner}`;
  });
  return `{ ${parts.join(' ')} }`;
}

function argumentsOf(args: readonly GraphQLArgument[], draw: GeneratorValue): string {
  const given = args.filter((argument) => isRequiredArgument(argument) || draw(fc.boolean));
  if (given.length === 0) return '';
  return `(${given.map(({ name, type }) => `${name}: ${literalOf(type, draw, 3)}`).join(', ')})`;
}

function literalOf(type: GraphQLInputType, draw: GeneratorValue, depth: number): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const count = draw(fc.nat, 3);
    return `[${Array.from({ length: count }, () => literalOf(nullable.ofType, draw, depth)).join(', ')}]`;
  }
  const named = getNamedType(nullable);
  if (isEnumType(named))
    return pick(
      draw,
      named.getValues().map((value) => value.name),
    );
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => String(field.type).endsWith('!') || (depth > 0 && draw(fc.boolean)),
    );
    return `{ ${fields.map((field) => `${field.name}: ${literalOf(field.type, draw, depth - 1)}`).join(', ')} }`;
  }
  if (named.name === 'Int' || named.name === 'SafeInt')
    return String(pick(draw, [-1, 0, 1, 3, 100, 101, 2_147_483_647]));
  if (named.name === 'Float') return '0.5';
  if (named.name === 'Boolean') return String(draw(fc.boolean));
  if (named.name === 'JSONObject') return '{ key: "value" }';
  return JSON.stringify(pick(draw, oddTexts));
}
