import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  getArgumentValues,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  typeFromAST,
  visit,
} from 'graphql';
import { isIncluded } from '../reading/selected-fields.ts';

type Field = GraphQLField<unknown, unknown>;
type Values = Readonly<Record<string, unknown>>;
export type Fragments = Record<string, FragmentDefinitionNode>;

/** How a value becomes a part of the answer. */
export type ValuePlan = { readonly isNullable: boolean } & (
  | { readonly kind: 'leaf'; readonly type: GraphQLLeafType /** Whether a text is itself. */; readonly isText: boolean }
  | { readonly kind: 'list'; readonly item: ValuePlan }
  | { readonly kind: 'object'; readonly type: GraphQLObjectType; readonly selectionOf: SelectionOf }
  | { readonly kind: 'abstract'; readonly type: GraphQLAbstractType; readonly selectionOf: SelectionOf }
);

/** What is selected of an object type at a place: worked out when one is first met there. */
type SelectionOf = (type: GraphQLObjectType) => readonly FieldPlan[];

/** What of a field is the same for each object that it is asked of, however often its document runs. */
export type FieldPlan = {
  /** The name that it has in the answer. */
  readonly key: string;
  readonly parentType: GraphQLObjectType;
  readonly field: Field;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  /** Null where the value is the property of the field's name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | null;
  /** Null where they are to be read for each run. */
  readonly args: Values | null;
  readonly value: ValuePlan;
};

/** A place in an operation, from which a selection of the object type there can be had. */
export function planSelections(
  schema: GraphQLSchema,
  fragments: Fragments,
  /** What `@skip` and `@include` go by. */
  variableValues: Values,
): (sets: readonly (SelectionSetNode | undefined)[]) => SelectionOf {
  const selectionsOf = (sets: readonly (SelectionSetNode | undefined)[]): SelectionOf => {
    const known = new Map<GraphQLObjectType, readonly FieldPlan[]>();
    return (type) => {
      let selection = known.get(type);
      if (selection === undefined) {
        selection = [...collect(type, sets)].flatMap(([key, nodes]) => planField(type, key, nodes) ?? []);
        known.set(type, selection);
      }
      return selection;
    };
  };

  const collect = (type: GraphQLObjectType, sets: readonly (SelectionSetNode | undefined)[]) => {
    const byKey = new Map<string, [FieldNode, ...FieldNode[]]>();
    const spread = new Set<string>();
    const add = (set: SelectionSetNode | undefined) => {
      for (const node of set?.selections ?? []) {
        if (!isIncluded(node, variableValues)) continue;
        if (node.kind === Kind.FIELD) {
          const key = node.alias?.value ?? node.name.value;
          const same = byKey.get(key);
          if (same === undefined) byKey.set(key, [node]);
          else same.push(node);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          if (isFor(node.typeCondition, type)) add(node.selectionSet);
        } else if (!spread.has(node.name.value)) {
          spread.add(node.name.value);
          const fragment = fragments[node.name.value];
          if (fragment !== undefined && isFor(fragment.typeCondition, type)) add(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) add(set);
    return byKey;
  };

  const isFor = (condition: FragmentDefinitionNode['typeCondition'] | undefined, type: GraphQLObjectType): boolean => {
    if (condition === undefined) return true;
    const named = typeFromAST(schema, condition);
    return named === type || (isAbstractType(named) && schema.isSubType(named, type));
  };

  const planField = (parentType: GraphQLObjectType, key: string, nodes: FieldPlan['nodes']): FieldPlan | null => {
    const [node] = nodes;
    const field = fieldOf(schema, parentType, node.name.value);
    if (field === undefined) return null;
    const selectionOf = selectionsOf(nodes.map(({ selectionSet }) => selectionSet));
    return {
      key,
      parentType,
      field,
      nodes,
      resolve: field.resolve ?? null,
      args: constantArgs(field, node),
      value: planValue(field.type, selectionOf),
    };
  };
  return selectionsOf;
}

function fieldOf(schema: GraphQLSchema, parentType: GraphQLObjectType, name: string): Field | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parentType === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return parentType.getFields()[name];
}

/** Null where they depend on variables, or are wrong: the run tells of that. */
function constantArgs(field: Field, node: FieldNode): Values | null {
  let isConstant = true;
  for (const argument of node.arguments ?? []) {
    visit(argument, {
      Variable: () => {
        isConstant = false;
      },
    });
  }
  if (!isConstant) return null;
  try {
    return frozen(getArgumentValues(field, node));
  } catch {
    return null;
  }
}

/** One object for all runs: nobody may write to it. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

function planValue(type: GraphQLOutputType, selectionOf: SelectionOf): ValuePlan {
  const isNullable = !isNonNullType(type);
  const inner = getNullableType(type);
  if (isListType(inner)) return { kind: 'list', isNullable, item: planValue(inner.ofType, selectionOf) };
  if (isLeafType(inner)) {
    return { kind: 'leaf', isNullable, type: inner, isText: inner === GraphQLString || inner === GraphQLID };
  }
  if (isAbstractType(inner)) return { kind: 'abstract', isNullable, type: inner, selectionOf };
  return { kind: 'object', isNullable, type: inner, selectionOf };
}
