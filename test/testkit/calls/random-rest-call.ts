import fc from 'fast-check';

type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  format?: string;
  not?: Schema;
};
type Parameter = { name: string; in: 'path' | 'query' | 'header' | 'cookie'; required?: boolean; schema?: Schema };
type Operation = { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> } };
export type DescribedApi = {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

export type RandomCall = { method: string; path: string; headers: Record<string, string>; body: string | null };

/** Texts that have broken something somewhere. */
const oddTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\ufeff',
  '%',
  '%00',
  '../..',
  '🦜'.repeat(40),
  'x'.repeat(5_000),
  "';--",
];
const oddNumbers = [0, -1, 1.5, 1e21, -1e308, 2 ** 31, 2 ** 53, Number.MIN_VALUE];
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...oddTexts, ...oddNumbers, null, true, [], {}, [[[]]], { a: { b: null } }),
  fc.json({ maxDepth: 3 }).map((json) => JSON.parse(json) as unknown),
);

/** Calls of what is described: mostly as it says, and with something else anywhere. `ids` are there. */
export function randomRestCalls(api: DescribedApi, { ids, tenant }: { ids: readonly string[]; tenant: string }) {
  const operations = Object.entries(api.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => callOf(api, template, method, operation, { ids, tenant })),
  );
  return fc.oneof(...operations);
}

function callOf(
  api: DescribedApi,
  template: string,
  method: string,
  { parameters = [], requestBody }: Operation,
  { ids, tenant }: { ids: readonly string[]; tenant: string },
): fc.Arbitrary<RandomCall> {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const path = fc.record(
    Object.fromEntries(
      names.map((name) => {
        const good = /tenant/i.test(name) ? fc.constant(tenant) : fc.constantFrom(...ids);
        return [name, mostly(good, fc.oneof(fc.constantFrom(...oddTexts), fc.string({ maxLength: 40 })))];
      }),
    ),
  );
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const query = fc.record(
    Object.fromEntries(inQuery.map(({ name, schema = {} }) => [name, mostly(sampleOf(api, schema, 3), odd)])),
    { requiredKeys: [] },
  );
  const json = requestBody?.content['application/json'];
  const body: fc.Arbitrary<string | null> =
    json === undefined
      ? fc.constant(null)
      : fc.oneof(
          { weight: 8, arbitrary: sampleOf(api, json.schema, 5).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: odd.map((value) => JSON.stringify(value) ?? '') },
          { weight: 1, arbitrary: fc.constantFrom('', '{', '\0', '{"a":1', '[1,]', 'null', '"\\ud800"') },
        );
  const type = fc.constantFrom(
    ...Array(12).fill('application/json'),
    'text/plain',
    'application/json; charset=latin1',
    'x',
  );
  const key = fc.option(fc.constantFrom('k', 'x'.repeat(256), ' '), { freq: 8, nil: null });
  return fc.record({ path, query, body, type, key }).map((given) => {
    const filled = template.replace(/\{([^}]+)\}/g, (_, name: string) => encode(String(given.path[name] ?? '')));
    const search = new URLSearchParams(
      Object.entries(given.query).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]])),
    );
    return {
      method: method.toUpperCase(),
      path: search.size === 0 ? filled : `${filled}?${search}`,
      headers: {
        ...(given.body !== null && { 'content-type': given.type }),
        ...(given.key !== null && { 'idempotency-key': given.key }),
      },
      body: given.body,
    };
  });
}

const mostly = <A, B>(good: fc.Arbitrary<A>, bad: fc.Arbitrary<B>) =>
  fc.oneof<fc.Arbitrary<A | B>[]>(good, good, good, good, bad);

const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Half of a surrogate pair cannot stand in an address. */
const encode = (text: string) => encodeURIComponent(text.toWellFormed()) || '%20';

function sampleOf(api: DescribedApi, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const referred = schema.$ref?.split('/').at(-1);
  if (referred !== undefined) return sampleOf(api, api.components?.schemas?.[referred] ?? {}, depth);
  if (schema.not !== undefined || depth === 0) return odd;
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (choices.length > 0) return fc.oneof(...choices.map((each) => sampleOf(api, each, depth)));
  if (schema.enum !== undefined) return mostly(fc.constantFrom(...schema.enum), odd);
  const types = [schema.type ?? []].flat();
  return fc.oneof(...(types.length === 0 ? [odd] : types.map((type) => typed(api, type, schema, depth))));
}

function typed(api: DescribedApi, type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).filter(([, each]) => each.not === undefined);
      const record = fc.record(
        Object.fromEntries(fields.map(([name, each]) => [name, sampleOf(api, each, depth - 1)])),
        {
          requiredKeys: [],
        },
      );
      return fc
        .tuple(record, fc.option(fc.tuple(fc.string({ maxLength: 8 }), odd), { freq: 6, nil: null }))
        .map(([value, more]) => (more === null ? value : { ...value, [more[0]]: more[1] }));
    }
    case 'array':
      return fc.array(sampleOf(api, schema.items ?? {}, depth - 1), { maxLength: 4 });
    case 'string':
      return schema.format === 'date-time'
        ? mostly(fc.constantFrom('2024-01-01T00:00:00Z', '2024-02-30T00:00:00Z', '9999-12-31T23:59:59+14:00'), odd)
        : mostly(fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('2024-01-01', 'hello')), odd);
    case 'integer':
    case 'number':
      return mostly(fc.integer({ min: 0, max: 50 }), odd);
    case 'boolean':
      return mostly(fc.boolean(), odd);
    default:
      return odd;
  }
}
