import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';

/** The API's reference as Markdown: everything of a schema, with the descriptions that it bears. */
export function writeReference(schema: GraphQLSchema): string {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (type) => type != null,
  );
  const rest = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !roots.some(({ name }) => name === type.name),
  );
  const section = (title: string, isOne: (type: GraphQLNamedType) => boolean) => [
    `## ${title}`,
    ...rest.filter(isOne).map((type) => describeType(schema, type)),
  ];
  return `${[
    '# The graph',
    'Written from the descriptions of [`schema.graphql`](../schema.graphql) by `npm run docs:reference`. `!` is never null.',
    ...roots.map((type) => [`## ${type.name}`, ...Object.values(type.getFields()).map(describeOperation)].join('\n\n')),
    ...section('Types', isObjectType),
    ...section('Interfaces', isInterfaceType),
    ...section('Unions', isUnionType),
    ...section('Inputs', isInputObjectType),
    ...section('Enumerations', isEnumType),
    ...section('Scalars', (type) => isScalarType(type) && !isSpecifiedScalarType(type)),
  ].join('\n\n')}\n`;
}

function describeOperation(field: GraphQLField<unknown, unknown>): string {
  const parts = [`### ${field.name}: ${link(field.type)}`, field.description ?? ''];
  if (field.args.length > 0) parts.push(table('argument', field.args));
  return parts.join('\n\n');
}

function describeType(schema: GraphQLSchema, type: GraphQLNamedType): string {
  const parts = [`### ${type.name}`, type.description ?? ''];
  if (isAbstractType(type)) parts.push(`One of ${schema.getPossibleTypes(type).map(link).join(', ')}.`);
  if (isObjectType(type) || isInterfaceType(type)) parts.push(table('field', Object.values(type.getFields())));
  if (isInputObjectType(type)) parts.push(table('field', Object.values(type.getFields())));
  if (isEnumType(type)) {
    const rows = type.getValues().map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`);
    parts.push(['| value | |', '|---|---|', ...rows].join('\n'));
  }
  if (isScalarType(type) && type.specifiedByURL != null) parts.push(`Specified by <${type.specifiedByURL}>.`);
  return parts.join('\n\n');
}

type Row = GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField;

function table(title: string, rows: readonly Row[]): string {
  const lines = rows.map(
    (row) => `| \`${row.name}\` | ${link(row.type)} | ${cell(row.description)}${argumentsOf(row)} |`,
  );
  return [`| ${title} | type | |`, '|---|---|---|', ...lines].join('\n');
}

function argumentsOf(row: Row): string {
  if (!('args' in row) || row.args.length === 0) return '';
  return ` Takes ${row.args.map(({ name, type }) => `\`${name}\`: ${link(type)}`).join(', ')}.`;
}

/** A type's own letters, each leading to where it is described; those of GraphQL itself are in its specification. */
function link(type: GraphQLType): string {
  const { name } = getNamedType(type);
  const text = String(type).replace('[', '\\[').replace(']', '\\]');
  const isGraphqls = isSpecifiedScalarType(getNamedType(type));
  return isGraphqls ? text : `[${text}](#${name.toLowerCase()})`;
}

function cell(text: string | null | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
