import {
  type GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  locatedError,
  type OperationDefinitionNode,
} from 'graphql';
import { type Container, isGone, keysTo, nullify, type Path, type Place } from './place.ts';
import type { FieldPlan, Fragments, ValuePlan } from './plan.ts';

/** What a run is about, what it waits for, and what went wrong in it. */

/** What is the same for all fields of a run. */
export type RunArgs = {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Readonly<Record<string, unknown>>;
  readonly rootValue: unknown;
  readonly contextValue: unknown;
};

export type Run = RunArgs & {
  readonly errors: GraphQLError[];
  /** Arguments that depend on variables: the same for each object. */
  readonly args: Map<FieldPlan, Record<string, unknown>>;
  /** Values that are waited for. */
  pending: number;
  onDone: (() => void) | null;
};

/** Goes on once more is known of the value at a place. */
export function waitAt<Value>(
  run: Run,
  plan: FieldPlan,
  value: ValuePlan,
  known: PromiseLike<Value>,
  place: Place,
  goOn: (known: Value) => void,
): void {
  place.container[place.key] = null;
  wait(run, plan, value, known, place.container, place.key, place.parent as Place, goOn);
}

/** Counts a value among those that are waited for, until it is there or has failed. */
export function wait<Value>(
  run: Run,
  plan: FieldPlan,
  value: ValuePlan,
  promise: PromiseLike<Value>,
  container: Container,
  key: string | number,
  parent: Place,
  goOn: (value: Value) => void,
): void {
  run.pending++;
  const end = () => {
    run.pending--;
    if (run.pending === 0) run.onDone?.();
  };
  promise.then(
    (later) => {
      try {
        if (!isGone(parent)) goOn(later);
      } catch (err) {
        fail(run, plan, value, err, container, key, parent);
      }
      end();
    },
    (err: unknown) => {
      fail(run, plan, value, err, container, key, parent);
      end();
    },
  );
}

/** Notes what went wrong with a value: null stands for it, or for the nearest thing around it that may be null. */
export function fail(
  run: Run,
  plan: FieldPlan,
  { isNullable }: ValuePlan,
  thrown: unknown,
  container: Container,
  key: string | number,
  parent: Place,
): void {
  if (isGone(parent)) return;
  const path = [...keysTo(parent), key];
  const all: unknown[] = thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors : [thrown];
  for (const each of isNullable ? all : all.slice(0, 1)) {
    run.errors.push(locatedError(each, plan.nodes, path));
  }
  if (isNullable) {
    container[key] = null;
    return;
  }
  nullify(parent);
}

export function infoOf(run: Run, plan: FieldPlan, path: Path | undefined): GraphQLResolveInfo {
  return {
    fieldName: plan.field.name,
    fieldNodes: plan.nodes,
    returnType: plan.field.type,
    parentType: plan.parentType,
    path: path as Path,
    schema: run.schema,
    fragments: run.fragments,
    rootValue: run.rootValue,
    operation: run.operation,
    variableValues: run.variableValues as GraphQLResolveInfo['variableValues'],
  };
}

export function nameOf({ parentType, field }: FieldPlan): string {
  return `${parentType.name}.${field.name}`;
}

export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}
