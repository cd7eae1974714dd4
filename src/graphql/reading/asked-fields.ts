import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Table } from '../../database/table.ts';

/** Names of the fields that a document asks for anywhere, of each object type. */
export type AskedFields = ReadonlyMap<string, ReadonlySet<string>>;

const known = new WeakMap<DocumentNode, AskedFields>();

/** Once for a document, however often it is run. */
export function askedFieldsOf(schema: GraphQLSchema, document: DocumentNode): AskedFields {
  let asked = known.get(document);
  if (asked === undefined) {
    asked = findAskedFields(schema, document);
    known.set(document, asked);
  }
  return asked;
}

function findAskedFields(schema: GraphQLSchema, document: DocumentNode): AskedFields {
  const asked = new Map<string, Set<string>>();
  const typeInfo = new TypeInfo(schema);
  const note = (typeName: string, field: string) => {
    const fields = asked.get(typeName) ?? new Set();
    asked.set(typeName, fields.add(field));
  };
  const enter = {
    Field: ({ name }: { name: { value: string } }) => {
      const parent = getNamedType(typeInfo.getParentType());
      if (isObjectType(parent)) note(parent.name, name.value);
      else if (isAbstractType(parent)) for (const type of schema.getPossibleTypes(parent)) note(type.name, name.value);
    },
  };
  visit(document, visitWithTypeInfo(typeInfo, enter));
  return asked;
}

/** What the fields of a type need of its rows. */
export type FieldNeeds<Row> = {
  table: Table<Row>;
  /** Whatever is asked. */
  always: readonly (keyof Row)[];
  /** Of the fields that are no columns under their own names. */
  fields: Readonly<Record<string, readonly (keyof Row)[]>>;
};

/** The columns that a document needs; all of them, as undefined, where a field does not say what it needs. */
export function columnsAsked<Row>(
  asked: AskedFields | null,
  typeName: string,
  { table, always, fields }: FieldNeeds<Row>,
): ReadonlySet<keyof Row> | undefined {
  const names = asked?.get(typeName);
  if (names === undefined) return undefined;
  const columns = new Set(always);
  for (const name of names) {
    const needs = fields[name] ?? (Object.hasOwn(table.columns, name) ? [name as keyof Row] : undefined);
    if (needs === undefined) return undefined;
    for (const column of needs) columns.add(column);
  }
  return columns;
}
