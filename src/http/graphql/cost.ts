import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { defaultPageSize, maxPageSize } from '../../lib/pages/paging.ts';
import { graphqlLimits } from './limits.ts';

/** What an operation may cost at most: the objects that its answer may come to. */
export const costLimit = graphqlLimits.objects;
/** Of lists that are not paged and are asked for whole: more than most of them have. */
const wholeListSize = 10;
/** Sums stop growing here: products of many lists leave the whole numbers. */
const ceiling = 1_000_000_000;

type Variables = Readonly<Record<string, unknown>>;

/**
 * What an operation costs: how many objects its answer may come to, worked out from the schema, the arguments and the
 * variables before anything runs. A page costs the size that is asked for, whether or not it is filled; lists within
 * lists multiply. Takes time in proportion to the document's text. Documents are valid already: no circles.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number {
  if ((operation.variableDefinitions?.length ?? 0) > 0) return measure(schema, document, operation, variables);
  let cost = constant.get(operation);
  if (cost === undefined) {
    cost = measure(schema, document, operation, {});
    constant.set(operation, cost);
  }
  return cost;
}

/** Of operations without variables: the same whenever they come. */
const constant = new WeakMap<OperationDefinitionNode, number>();

function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number {
  const fragments = new Map<string, { condition: string; selectionSet: SelectionSetNode }>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const { name, typeCondition, selectionSet } = definition;
    fragments.set(name.value, { condition: typeCondition.name.value, selectionSet });
  }
  const defaults = new Map(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  );
  const measured = new Map<string, number>();

  /** The value of an argument: a literal's, a variable's; undefined where none is given. */
  const read = (node: ValueNode | undefined): unknown => {
    if (node === undefined || node.kind === Kind.NULL) return undefined;
    if (node.kind === Kind.INT) return Number(node.value);
    if (node.kind === Kind.LIST) return node.values;
    if (node.kind !== Kind.VARIABLE) return null;
    const name = node.name.value;
    return variables[name] === undefined ? read(defaults.get(name)) : (variables[name] ?? undefined);
  };
  const argument = (field: FieldNode, name: string) =>
    read(field.arguments?.find((given) => given.name.value === name)?.value);

  const pageSize = (field: FieldNode): number => {
    const asked = argument(field, 'first') ?? argument(field, 'last');
    if (asked === undefined) return defaultPageSize;
    // What is no number is refused when it runs: until then it counts as the most.
    return typeof asked === 'number' && asked >= 1 ? Math.min(asked, maxPageSize) : maxPageSize;
  };
  const listSize = (field: FieldNode): number => {
    const ids = argument(field, 'ids');
    return Array.isArray(ids) ? Math.min(ids.length, maxPageSize) : wholeListSize;
  };

  /** Fragments within a connection depend on its page: they are measured by both. */
  const costOfFragment = (name: string, page: number | null): number => {
    const key = `${name} ${page}`;
    const known = measured.get(key);
    if (known !== undefined) return known;
    measured.set(key, 0);
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.condition);
    const cost = fragment === undefined || type === undefined ? 0 : costOfSelection(type, fragment.selectionSet, page);
    measured.set(key, cost);
    return cost;
  };

  /** `page`: of what a connection's selection is measured in; null elsewhere. */
  const costOfSelection = (type: GraphQLNamedType, { selections }: SelectionSetNode, page: number | null): number => {
    let cost = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) cost += costOfField(type, selection, page);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += costOfFragment(selection.name.value, page);
      else {
        const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
        cost += costOfSelection(condition ?? type, selection.selectionSet, page);
      }
      if (cost > ceiling) return ceiling;
    }
    return cost;
  };

  const costOfField = (parent: GraphQLNamedType, field: FieldNode, page: number | null): number => {
    const isFielded = isObjectType(parent) || isInterfaceType(parent);
    // `__schema`, `__typename`: what they come to is bounded by their depth.
    const definition = isFielded ? parent.getFields()[field.name.value] : undefined;
    if (definition === undefined || field.selectionSet === undefined) return 0;
    const type = getNamedType(definition.type);
    if (!isCompositeType(type)) return 0;
    if (isConnection(type)) return 1 + costOfSelection(type, field.selectionSet, pageSize(field));
    const times = isList(definition.type) ? (page ?? listSize(field)) : 1;
    return Math.min(ceiling, times * (1 + costOfSelection(type, field.selectionSet, null)));
  };

  const root = schema.getRootType(operation.operation);
  return root == null ? 0 : costOfSelection(root, operation.selectionSet, null);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.name.endsWith('Connection') && 'edges' in type.getFields();
}

/** Why an operation of this cost is not run; null where it is. */
export function refuseCost(cost: number): GraphQLError | null {
  if (cost <= costLimit) return null;
  const message = `The operation costs ${cost}, and may cost ${costLimit}: ask for smaller pages, or for fewer lists within lists`;
  return new GraphQLError(message, {
    extensions: {
      code: 'GRAPHQL_VALIDATION_FAILED',
      cost: { requested: cost, limit: costLimit },
      http: { spec: true, status: 400 },
    },
  });
}
