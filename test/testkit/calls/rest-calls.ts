type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  format?: string;
  not?: JsonSchema;
};
type Operation = { requestBody?: { content: Record<string, { schema: JsonSchema }> } };
export type OpenApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, JsonSchema> };
};
export type RestCall = { method: string; path: string; contentType: string | null; body: string | FormData | null };

/** What texts of bodies are filled with where any text would not do. */
const words: Readonly<Record<string, string>> = {
  url: 'http://127.0.0.1:9/intruder',
  source: 'web',
  query: 'canaryofanother',
  event_type: 'conversation.created',
};

/**
 * Each call that is described, for each of `ids` wherever its path takes one, and each of `tenants`.
 * @throws where it does not know how to fill a body: it is to be told
 */
export function restCallsOf(
  document: OpenApiDocument,
  { ids, tenants }: { ids: readonly string[]; tenants: readonly string[] },
): RestCall[] {
  return Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      pathsOf(template, ids, tenants).map((path) => ({
        method: method.toUpperCase(),
        path,
        ...bodyOf(document, operation),
      })),
    ),
  );
}

function pathsOf(template: string, ids: readonly string[], tenants: readonly string[]): string[] {
  const parameter = /\{([^}]+)\}/.exec(template);
  if (parameter === null) return [template];
  const [whole, name = ''] = parameter;
  const values = /tenant/i.test(name) ? tenants : ids;
  return values.flatMap((value) => pathsOf(template.replace(whole, value), ids, tenants));
}

function bodyOf(document: OpenApiDocument, { requestBody }: Operation): Pick<RestCall, 'contentType' | 'body'> {
  if (requestBody === undefined) return { contentType: null, body: null };
  const { content } = requestBody;
  const json = content['application/json'];
  if (json !== undefined) {
    return { contentType: 'application/json', body: JSON.stringify(sample(document, json.schema, 'body')) };
  }
  if (content['multipart/form-data'] === undefined) {
    throw new Error(`a body of ${Object.keys(content).join(', ')} is not known: say how it is filled`);
  }
  const form = new FormData();
  form.set('file', new File(['text'], 'intruder.txt'));
  return { contentType: null, body: form };
}

function sample(document: OpenApiDocument, schema: JsonSchema, name: string): unknown {
  const referred = schema.$ref?.split('/').at(-1);
  if (referred !== undefined) return sample(document, document.components?.schemas?.[referred] ?? {}, name);
  const [choice] = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (choice !== undefined) return sample(document, choice, name);
  if (schema.enum !== undefined) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          // What must not be there.
          .filter(([, each]) => each.not === undefined)
          .map(([key, each]) => [key, sample(document, each, key)]),
      );
    case 'array':
      return [sample(document, schema.items ?? {}, name)];
    case 'string':
      return schema.format === 'date-time' ? '2024-01-01T00:00:00Z' : (words[name] ?? 'Written by an intruder');
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      throw new Error(`${name}: ${JSON.stringify(schema)} is not known: say how it is filled`);
  }
}
