import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';

/** What one GraphQL request may be. Past any of these it is refused with 400 before any resolver is called. */
export const graphqlLimits = {
  /** Words, names and signs of a document. */
  tokens: 4_000,
  /** Fields within fields; of what stands under `__schema` and `__type`, `introspectionDepth`. */
  depth: 15,
  introspectionDepth: 20,
  /** Aliases, fragments spread out. */
  aliases: 50,
  /** Fields, fragments spread out. */
  fields: 1_000,
  /** Objects that the answer may come to, which is what an operation costs (see `cost.ts`). */
  objects: 200_000,
  /** The same field under the same name in one selection. */
  repeats: 50,
  /** Directives on one field or fragment, and in the whole document. */
  directivesPerNode: 4,
  directives: 100,
  /** Operations of one batch. */
  batch: 10,
  /** Validation errors told. */
  validationErrors: 10,
  /** A request's body, files excepted. */
  bodyBytes: 1_048_576,
  /** A document that a client brought, where it is kept for whoever asks by its hash. */
  keptDocumentBytes: 131_072,
  /** Files of one request. */
  files: 10,
  /** Objects and lists within one another, in a JSON body. */
  jsonDepth: 100,
  /** Queries, mutations and subscriptions at once on one socket. */
  operationsPerSocket: 100,
  /** One message of a socket. */
  frameBytes: 1_048_576,
} as const;

/** What a part of a document comes to with its fragments spread out. Sums stop growing at `ceiling`. */
type Size = { fields: number; aliases: number; depth: number; introspectionDepth: number };

const ceiling = 1_000_000;
const nothing: Size = { fields: 0, aliases: 0, depth: 0, introspectionDepth: 0 };

class LimitError extends Error {}

/**
 * Why a document is refused; null where it is not. Takes time in proportion to the document's text, however its
 * fragments multiply: each is measured once.
 */
export function checkDocument(document: DocumentNode): GraphQLError | null {
  try {
    measureDocument(document);
    return null;
  } catch (err) {
    if (!(err instanceof LimitError)) throw err;
    return new GraphQLError(err.message, {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { spec: true, status: 400 } },
    });
  }
}

function measureDocument(document: DocumentNode): void {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const measured = new Map<string, Size>();
  let directives = 0;

  const countDirectives = (count: number) => {
    directives += count;
    refuseOver('directives on one field', count, graphqlLimits.directivesPerNode);
    refuseOver('directives', directives, graphqlLimits.directives);
  };

  /** A circle counts as nothing here: validation refuses it. */
  const measureFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, nothing);
    const selectionSet = fragments.get(name);
    const size = selectionSet === undefined ? nothing : measure(selectionSet, 0);
    measured.set(name, size);
    return size;
  };

  /** `level` bounds the recursion: no document goes deeper than what is allowed by it. */
  const measure = (selectionSet: SelectionSetNode, level: number): Size => {
    refuseOver('levels of fields', level, 2 * graphqlLimits.introspectionDepth);
    const total = { ...nothing };
    const names = new Map<string, number>();
    for (const selection of selectionSet.selections) {
      countDirectives(selection.directives?.length ?? 0);
      let part: Size;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const repeats = (names.get(name) ?? 0) + 1;
        names.set(name, repeats);
        refuseOver(`times the field "${name}" in one selection`, repeats, graphqlLimits.repeats);
        const inner = selection.selectionSet === undefined ? nothing : measure(selection.selectionSet, level + 1);
        const isIntrospection = selection.name.value === '__schema' || selection.name.value === '__type';
        part = {
          fields: inner.fields + 1,
          aliases: inner.aliases + (selection.alias === undefined ? 0 : 1),
          depth: isIntrospection ? 1 : inner.depth + 1,
          introspectionDepth: isIntrospection ? inner.depth + 1 : inner.introspectionDepth,
        };
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        part = measure(selection.selectionSet, level + 1);
      } else {
        part = measureFragment(selection.name.value);
      }
      total.fields = Math.min(total.fields + part.fields, ceiling);
      total.aliases = Math.min(total.aliases + part.aliases, ceiling);
      total.depth = Math.max(total.depth, part.depth);
      total.introspectionDepth = Math.max(total.introspectionDepth, part.introspectionDepth);
    }
    return total;
  };

  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      countDirectives(definition.directives?.length ?? 0);
      refuse(measureFragment(definition.name.value), true);
    }
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      countDirectives(definition.directives?.length ?? 0);
      refuse(measure(definition.selectionSet, 0), false);
    }
  }
}

/** A fragment alone may stand within `__schema`: its depth is judged where it is used. */
function refuse(size: Size, isFragment: boolean): void {
  refuseOver('aliases', size.aliases, graphqlLimits.aliases);
  refuseOver('fields with fragments spread out', size.fields, graphqlLimits.fields);
  if (isFragment) return;
  refuseOver('levels of fields', size.depth, graphqlLimits.depth);
  refuseOver('levels of introspection', size.introspectionDepth, graphqlLimits.introspectionDepth);
}

function refuseOver(what: string, count: number, limit: number): void {
  if (count > limit) throw new LimitError(`The document has more than ${limit} ${what}`);
}

/** Whether JSON's objects and lists stand deeper within one another than allowed. */
export function isJsonTooDeep(json: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (isInString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > graphqlLimits.jsonDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
