import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type FieldPlan, type Fragments, planSelections } from './plan.ts';
import { run } from './run.ts';

type Values = Readonly<Record<string, unknown>>;
type Prepared = {
  operation: OperationDefinitionNode;
  fragments: Fragments;
  /** What is selected of the root, with these variables. */
  selectionFor(variableValues: Values): readonly FieldPlan[];
};

/** A document's, by the operation's name. */
const known = new WeakMap<DocumentNode, Map<string | null | undefined, Prepared | null>>();
/** Of an operation, by what its `@skip` and `@include` say. */
const maxVariants = 16;
const maxVariableErrors = 50;
/** A key that no answer could bear as its own. */
const reservedKey = '__proto__';

/**
 * Executes an operation, or a subscription's event, by what was worked out when its document first came: which fields, with
 * which arguments and resolvers. The answer is the one that graphql-js gives.
 * @returns null for what is left to an executor that looks everything up as it goes: mutations that follow one another,
 * and what is asked for in ways of its own
 */
export function executeCompiled(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> | null {
  const { schema, document, operationName, rootValue, contextValue } = args;
  if (args.fieldResolver != null || args.typeResolver != null || ('signal' in args && args.signal != null)) return null;
  const prepared = preparedOf(schema, document, operationName);
  if (prepared === null) return null;
  const { operation, fragments, selectionFor } = prepared;
  const definitions = operation.variableDefinitions ?? [];
  let variableValues: Values = {};
  if (definitions.length > 0) {
    const { coerced, errors } = getVariableValues(schema, definitions, args.variableValues ?? {}, {
      maxErrors: maxVariableErrors,
    });
    if (errors !== undefined) return { errors: errors.map(asBadRequest) };
    variableValues = coerced;
  }
  const selection = selectionFor(variableValues);
  if (operation.operation === 'mutation' && selection.length > 1) return null;
  return run({ schema, fragments, operation, variableValues, rootValue, contextValue }, selection);
}

/** The answer to an operation, by a plan where there is one. */
export function executeOperation(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  return executeCompiled(args) ?? execute(args);
}

/** Operations by plans, whichever way they come in. */
export function useCompiledExecution(): Plugin {
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn((args: ExecutionArgs) => executeCompiled(args) ?? executeFn(args));
    },
  };
}

function asBadRequest(error: GraphQLError): GraphQLError {
  error.extensions['http'] = { status: 400 };
  return error;
}

function preparedOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): Prepared | null {
  let operations = known.get(document);
  if (operations === undefined) {
    operations = new Map();
    known.set(document, operations);
  }
  let prepared = operations.get(operationName);
  if (prepared === undefined) {
    prepared = prepare(schema, document, getOperationAST(document, operationName));
    // Names that the document does not have are as many as anybody sends.
    if (prepared !== null) operations.set(operationName, prepared);
  }
  return prepared;
}

function prepare(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
): Prepared | null {
  if (operation == null) return null;
  const rootType = schema.getRootType(operation.operation);
  const conditions = conditionsOf(document);
  if (rootType == null || conditions === null) return null;
  const fragments: Fragments = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const variants = new Map<string, readonly FieldPlan[]>();
  return {
    operation,
    fragments,
    selectionFor: (variableValues) => {
      const key = conditions.map((name) => variableValues[name]).join();
      let selection = variants.get(key);
      if (selection === undefined) {
        selection = planSelections(schema, fragments, variableValues)([operation.selectionSet])(rootType);
        if (variants.size < maxVariants) variants.set(key, selection);
      }
      return selection;
    },
  };
}

/** The variables that `@skip` and `@include` of a document look at; null where a plan could not say what it asks for. */
function conditionsOf(document: DocumentNode): string[] | null {
  const names = new Set<string>();
  let isSayable = true;
  visit(document, {
    Directive: (directive) => {
      visit(directive, { Variable: ({ name }) => void names.add(name.value) });
    },
    Field: ({ alias }) => {
      if (alias?.value === reservedKey) isSayable = false;
    },
  });
  return isSayable ? [...names] : null;
}
