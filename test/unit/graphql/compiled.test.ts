import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLOutputType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isObjectType,
  isScalarType,
  parse,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { executeCompiled } from '../../../src/graphql/compiled/execute.ts';
import { randomDocuments } from '../../testkit/calls/random-document.ts';

type Path = { prev: Path | undefined; key: string | number } | undefined;
type Draw = { choices: readonly number[]; asked: string[]; isLate: boolean };

/** Every way that a field can be null or not: as one value, a list, an object, and one of several types. */
const schema = buildSchema(`
  interface Named { name: String! }
  type Dog implements Named { name: String! age: Int barks: Boolean! friend: Named friends: [Named!]! tags: [String!] }
  type Cat implements Named { name: String! age: Int! lives: [Int] friend: Named! friends: [Named]! owner: Person }
  type Person {
    id: ID! pets: [Pet!] strictPets: [Pet!]! matrix: [[Int!]]! kind: Kind height: Float
    self(times: Int = 1, name: String, box: Box): Person! maybe(id: ID): Person
  }
  union Pet = Dog | Cat
  enum Kind { YOUNG OLD }
  input Box { size: Int! = 3 names: [String!] = ["a"] }
  type Query { person(id: ID, box: Box): Person people(first: Int! = 2): [Person!]! pet: Pet named: Named! count: Int! }
  type Mutation { count: Int! }
`);

/** The same for the same place: as if it were drawn for each, whoever asks first. */
function pick<Item>({ choices }: Draw, place: string, items: readonly Item[]): Item {
  let hash = 7;
  for (const char of place) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
  return items[(choices[hash % choices.length] ?? 0) % items.length] as Item;
}

function placeOf(path: Path): string {
  return path === undefined ? '' : `${placeOf(path.prev)}/${path.key}`;
}

/**
 * What a field comes as: mostly what its type says, and else too little, too late, wrong, or an error. What is late for
 * one is there at once for the other: graphql-js leaves failures of a list's promises to nobody.
 */
function comesAs(draw: Draw, place: string, type: GraphQLOutputType): unknown {
  const right = () => valueFor(draw, place, type);
  const late = (value: unknown) => {
    if (!draw.isLate) return value;
    const promise = new Promise((resolve, reject) =>
      setImmediate(() => (value instanceof Error ? reject(value) : resolve(value))),
    );
    // It may fail before the list that it is in is there itself.
    promise.catch(() => {});
    return promise;
  };
  const outcome = pick(draw, place, [
    ...[right, right, right, right, right, right],
    () => late(right()),
    () => (draw.isLate ? Promise.resolve(right()) : right()),
    () => null,
    () => late(undefined),
    () => new Error(`an error at ${place}`),
    () => late(new Error(`refused at ${place}`)),
    () => ({ toString: () => 'of another kind' }),
  ]);
  return outcome();
}

function valueFor(draw: Draw, place: string, type: GraphQLOutputType): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const length = pick(draw, `${place} length`, [0, 1, 2, 3]);
    return Array.from({ length }, (_, index) => comesAs(draw, `${place}/${index}`, inner.ofType));
  }
  if (isScalarType(inner)) return { Int: 1, Float: 0.5, Boolean: true, ID: 17, String: 'text' }[inner.name];
  if (isEnumType(inner)) return 'OLD';
  return { __typename: isAbstractType(inner) ? pick(draw, `${place} type`, ['Dog', 'Cat', 'Cat', 'Nobody']) : '' };
}

for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    field.resolve = (_source, args, draw: Draw, info) => {
      const place = placeOf(info.path);
      if (pick(draw, `${place} throws`, [false, false, false, false, false, false, false, true])) {
        throw new Error(`thrown at ${place}`);
      }
      draw.asked.push(`${place} ${info.parentType.name}.${info.fieldName} ${JSON.stringify(args)}`);
      return comesAs(draw, place, field.type);
    };
  }
}

/** Where null stands for errors: which of several below it is told is a matter of time. */
function nulledPlaces({ data, errors = [] }: ExecutionResult): string[] {
  const places = errors.map(({ path = [], message }) => {
    let value: unknown = data;
    for (const [index, key] of path.entries()) {
      if (value === null) return `${path.slice(0, index).join('/')} for what is below it`;
      value = (value as Record<string | number, unknown>)[key];
    }
    return `${path.join('/')}: ${message.startsWith('Expected') || message.includes('cannot represent') || message.startsWith('Abstract') ? 'wrong' : message}`;
  });
  return [...new Set(places)].sort();
}

async function expectSame(query: string, choices: readonly number[], variableValues: Record<string, unknown> = {}) {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const theirs: Draw = { choices, asked: [], isLate: false };
  const expected = await execute({ schema, document, variableValues, contextValue: theirs });
  // Twice: by a plan that is made, and by one that is known.
  for (const isLate of [true, false]) {
    const draw: Draw = { choices, asked: [], isLate };
    const result = await executeCompiled({ schema, document, variableValues, contextValue: draw });
    if (result === null) throw new Error(`no plan of ${query}`);
    expect(JSON.stringify(result.data), query).toBe(JSON.stringify(expected.data));
    expect(nulledPlaces(result), query).toEqual(nulledPlaces(expected));
    if (expected.errors === undefined) expect(draw.asked.toSorted()).toEqual(theirs.asked.toSorted());
  }
  return expected;
}

const choices = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });

test('answers as graphql-js does, whatever fields come as', async () => {
  let nulled = 0;
  let whole = 0;
  await fc.assert(
    fc.asyncProperty(randomDocuments(schema), choices, async (query, drawn) => {
      if (query.startsWith('mutation')) return;
      const { errors } = await expectSame(query, drawn);
      if (errors === undefined) whole++;
      else nulled++;
    }),
    { numRuns: 1_000 },
  );
  expect(nulled).toBeGreaterThan(100);
  expect(whole).toBeGreaterThan(100);
});

test('a mutation by itself', async () => {
  await fc.assert(fc.asyncProperty(choices, async (drawn) => void (await expectSame('mutation { count }', drawn))));
});

const fragments = `
  query All($with: Boolean!, $without: Boolean = false, $id: ID, $box: Box, $times: Int = 4) {
    ...Root
    person(id: $id, box: $box) @include(if: $with) { ...Person maybe(id: $id) { id } }
    person(id: $id, box: $box) @include(if: $with) { again: kind }
    named { __typename name ... on Dog @skip(if: $without) { tags friend { ...Name } } ... on Cat { age } }
    pet { ...Name ... on Named @include(if: $without) { name } ... @skip(if: $with) { __typename } }
    __typename
  }
  fragment Root on Query { people(first: 3) { ...Person @skip(if: $without) } }
  fragment Person on Person { id self(times: $times, name: "x", box: { size: 2 }) { kind ...Inner } }
  fragment Inner on Person { matrix strictPets { ...Name } self { id } }
  fragment Name on Named { name ... on Dog { barks } ... on Cat { lives owner { id } } }`;

test('fragments, variables, and what @skip and @include leave', async () => {
  const values = fc.record(
    {
      with: fc.boolean(),
      without: fc.boolean(),
      id: fc.option(fc.constantFrom('a', 7)),
      box: fc.option(fc.record({ size: fc.nat(9) })),
      times: fc.option(fc.nat(9)),
    },
    { requiredKeys: ['with'] },
  );
  await fc.assert(
    fc.asyncProperty(values, choices, async (given, drawn) => {
      await expectSame(fragments, drawn, given);
    }),
    { numRuns: 500 },
  );
});

test('more variants of a document than are kept', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `v${index}`);
  const query = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) { count ${names
    .map((name) => `${name}: count @include(if: $${name})`)
    .join(' ')} }`;
  for (let number = 0; number < 64; number++) {
    await expectSame(query, [0], Object.fromEntries(names.map((name, index) => [name, (number & (1 << index)) !== 0])));
  }
});

test('variables that are no values of their types are told as by graphql-js, for a bad request', async () => {
  const document = parse('query ($box: Box!, $with: Boolean!) { person(box: $box) { id } count @skip(if: $with) }');
  const variableValues = { box: { size: 'large', more: 1 }, with: 'yes' };
  const expected = await execute({ schema, document, variableValues });
  const result = await executeCompiled({ schema, document, variableValues });
  expect(result?.errors?.map(({ message, locations }) => ({ message, locations }))).toEqual(
    expected.errors?.map(({ message, locations }) => ({ message, locations })),
  );
  expect(result?.errors?.every(({ extensions }) => (extensions['http'] as { status: number }).status === 400)).toBe(
    true,
  );
  expect(result?.data).toBeUndefined();
});

test('introspection answers as by graphql-js', async () => {
  const source =
    '{ __schema { types { name fields { name args { name defaultValue } } } } __type(name: "Dog") { name } }';
  const document = parse(source);
  expect(await executeCompiled({ schema, document })).toEqual(await execute({ schema, document }));
});

test.each([
  ['mutations that follow one another', 'mutation { count again: count }'],
  ['an operation that is not there', 'query A { count } query B { count }'],
  ['a key that objects have for themselves', '{ __proto__: count }'],
])('leaves %s to the executor that looks everything up', (_name, query) => {
  expect(executeCompiled({ schema, document: parse(query) })).toBeNull();
});

test('arguments that are the same for every run cannot be written to', async () => {
  const field = schema.getQueryType()?.getFields()['person'];
  if (field === undefined) throw new Error('there is no such field');
  const { resolve } = field;
  const seen: unknown[] = [];
  try {
    field.resolve = (_source, args) => {
      seen.push(args);
      args['box'].names.push('b');
      return null;
    };
    const result = await executeCompiled({ schema, document: parse('{ person(box: { names: ["a"] }) { id } }') });
    expect(result?.errors?.[0]?.message).toContain('object is not extensible');
    expect(seen).toEqual([{ box: { size: 3, names: ['a'] } }]);
  } finally {
    field.resolve = resolve as never;
  }
});

test("what comes to nothing after a list has become null is nobody's unhandled failure", async () => {
  const type = buildSchema('type Query { all: [Int!] }');
  const late = (message: string) => new Promise((_, reject) => setImmediate(() => reject(new Error(message))));
  const rootValue = { all: [late('first'), null, late('last')] };
  const result = await executeCompiled({ schema: type, document: parse('{ all }'), rootValue });
  expect(result?.data).toEqual({ all: null });
  expect(result?.errors?.map(({ message }) => message)).toEqual([
    'Cannot return null for non-nullable field Query.all.',
  ]);
});
