import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Fields by their names, as often as they are selected. */
export type SelectedFields = ReadonlyMap<string, readonly FieldNode[]>;

/** The fields that are selected at some paths of names below the field that is being resolved, fragments spread out. */
export function fieldsAt(info: GraphQLResolveInfo, paths: readonly (readonly string[])[]): SelectedFields {
  const found = new Map<string, FieldNode[]>();
  for (const path of paths) {
    let nodes: readonly FieldNode[] = info.fieldNodes;
    for (const name of path) nodes = selectedIn(nodes, info).get(name) ?? [];
    for (const [name, more] of selectedIn(nodes, info)) found.set(name, [...(found.get(name) ?? []), ...more]);
  }
  return found;
}

function selectedIn(nodes: readonly FieldNode[], info: GraphQLResolveInfo): SelectedFields {
  const found = new Map<string, FieldNode[]>();
  const collect = (selectionSet: SelectionSetNode | undefined) => {
    for (const selection of selectionSet?.selections ?? []) {
      if (!isIncluded(selection, info.variableValues)) continue;
      if (selection.kind === Kind.FIELD) {
        const same = found.get(selection.name.value);
        if (same === undefined) found.set(selection.name.value, [selection]);
        else same.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collect(info.fragments[selection.name.value]?.selectionSet);
    }
  };
  for (const node of nodes) collect(node.selectionSet);
  return found;
}

type Selection = SelectionSetNode['selections'][number];

/** By its `@skip` and `@include`. */
export function isIncluded({ directives }: Selection, variableValues: Readonly<Record<string, unknown>>): boolean {
  if (directives === undefined || directives.length === 0) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, { directives }, variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, { directives }, variableValues);
  return skip?.['if'] !== true && include?.['if'] !== false;
}
