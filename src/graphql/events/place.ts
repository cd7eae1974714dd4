import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, visit } from 'graphql';

/**
 * The variable that names where a subscription goes on from, and nothing else: listeners that differ in it alone ask
 * for the same. Null where there is none.
 */
export function placeVariableOf(document: DocumentNode, operation: OperationDefinitionNode): string | null {
  const [root] = operation.selectionSet.selections;
  if (root?.kind !== Kind.FIELD || operation.selectionSet.selections.length > 1) return null;
  const name = placeArgumentOf(root);
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  if (name === null || definition === undefined || definition.defaultValue !== undefined) return null;
  let uses = 0;
  visit(document, {
    Variable: ({ name: { value } }) => {
      if (value === name) uses++;
    },
  });
  // Where it is defined, and where it is the argument.
  return uses === 2 ? name : null;
}

function placeArgumentOf(field: FieldNode): string | null {
  const value = field.arguments?.find((argument) => argument.name.value === 'after')?.value;
  return value?.kind === Kind.VARIABLE ? value.name.value : null;
}
