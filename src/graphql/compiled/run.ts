import {
  defaultTypeResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  getArgumentValues,
  isObjectType,
} from 'graphql';
import { type Container, createPlace, type Place, pathOf } from './place.ts';
import type { FieldPlan, ValuePlan } from './plan.ts';
import { fail, infoOf, isPromise, nameOf, type Run, type RunArgs, wait, waitAt } from './running.ts';

/**
 * Runs what is selected of the root. Values are put where they belong as they come, and counted while they are waited
 * for: an object whose fields are promises costs no promise more, nor does the list that it is in.
 */
export function run(args: RunArgs, selection: readonly FieldPlan[]): ExecutionResult | Promise<ExecutionResult> {
  const running: Run = { ...args, errors: [], args: new Map(), pending: 0, onDone: null };
  const answer: { data: Container | null } = { data: {} };
  const root = createPlace(null, answer, 'data', undefined, true);
  runFields(running, selection, args.rootValue, answer.data as Container, root);
  const toResult = (): ExecutionResult => {
    const { errors } = running;
    return errors.length === 0 ? { data: answer.data } : { errors, data: answer.data };
  };
  if (running.pending === 0) return toResult();
  // What the run holds does not hold the answer: V8 keeps parts of runs until its next full collection, and moved every
  // answer about until then, which took as long as making it.
  const { promise, resolve } = Promise.withResolvers<void>();
  running.onDone = resolve;
  return promise.then(toResult);
}

function runFields(run: Run, selection: readonly FieldPlan[], source: unknown, object: Container, place: Place): void {
  for (const plan of selection) {
    try {
      complete(run, plan, plan.value, resolve(run, plan, source, place), object, plan.key, place);
    } catch (err) {
      fail(run, plan, plan.value, err, object, plan.key, place);
    }
    if (place.isNulled) return;
  }
}

function resolve(run: Run, plan: FieldPlan, source: unknown, place: Place): unknown {
  const own = plan.resolve ?? (source as Container | null | undefined)?.[plan.field.name];
  if (typeof own !== 'function') return own;
  const info = infoOf(run, plan, { prev: pathOf(place), key: plan.key, typename: plan.parentType.name });
  if (plan.resolve !== null) return plan.resolve(source, argsOf(run, plan), run.contextValue, info);
  return own.call(source, argsOf(run, plan), run.contextValue, info);
}

function argsOf(run: Run, plan: FieldPlan): Record<string, unknown> {
  if (plan.args !== null) return plan.args;
  let args = run.args.get(plan);
  if (args === undefined) {
    args = getArgumentValues(plan.field, plan.nodes[0], run.variableValues);
    run.args.set(plan, args);
  }
  return args;
}

/** Puts a value where it belongs, now or once it is there. @throws what keeps it from standing there */
function complete(
  run: Run,
  plan: FieldPlan,
  value: ValuePlan,
  resolved: unknown,
  container: Container,
  key: string | number,
  parent: Place,
): void {
  if (resolved == null) {
    if (!value.isNullable) throw new Error(`Cannot return null for non-nullable field ${nameOf(plan)}.`);
    container[key] = null;
  } else if (value.kind === 'leaf' && typeof resolved === 'string' && value.isText) {
    container[key] = resolved;
  } else if (isPromise(resolved)) {
    completeLater(run, plan, value, resolved, container, key, parent);
  } else if (resolved instanceof Error) {
    throw resolved;
  } else if (value.kind === 'leaf') {
    container[key] = serialise(value.type, resolved);
  } else {
    const typename = typeof key === 'number' ? undefined : plan.parentType.name;
    const place = createPlace(parent, container, key, typename, value.isNullable);
    if (value.kind === 'list') completeList(run, plan, value.item, resolved, place);
    else if (value.kind === 'object') completeObject(run, plan, value, value.type, resolved, place);
    else completeAbstract(run, plan, value, resolved, place);
  }
}

/** A function of its own: what a closure holds is allocated with each call of the function that it stands in. */
function completeLater(
  run: Run,
  plan: FieldPlan,
  value: ValuePlan,
  promise: PromiseLike<unknown>,
  container: Container,
  key: string | number,
  parent: Place,
): void {
  // Keeps the order of the selection, whatever comes first.
  container[key] = null;
  wait(run, plan, value, promise, container, key, parent, (later) =>
    complete(run, plan, value, later, container, key, parent),
  );
}

function serialise(type: GraphQLLeafType, value: unknown): unknown {
  let serialised: unknown;
  try {
    serialised = type.serialize(value);
  } catch (err) {
    // No fault of who asks: as an error of their own it would be told to them.
    throw err instanceof GraphQLError ? new Error(err.message) : err;
  }
  if (serialised == null) throw new Error(`${type.name} has no form for a value of ${typeof value}`);
  return serialised;
}

function completeList(run: Run, plan: FieldPlan, item: ValuePlan, resolved: unknown, place: Place): void {
  if (typeof resolved !== 'object' || resolved === null || !(Symbol.iterator in resolved)) {
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(plan)}".`);
  }
  const items = [] as unknown as Container;
  place.container[place.key] = items;
  let index = 0;
  for (const each of resolved as Iterable<unknown>) {
    if (place.isNulled) {
      // Nobody waits for it any more, nor for its failure.
      if (isPromise(each)) each.then(undefined, () => {});
      continue;
    }
    try {
      complete(run, plan, item, each, items, index, place);
    } catch (err) {
      fail(run, plan, item, err, items, index, place);
    }
    index++;
  }
}

type Composite = ValuePlan & { kind: 'object' | 'abstract' };

function completeObject(
  run: Run,
  plan: FieldPlan,
  value: Composite,
  type: GraphQLObjectType,
  source: unknown,
  place: Place,
): void {
  const isOfType = type.isTypeOf == null || type.isTypeOf(source, run.contextValue, infoOf(run, plan, pathOf(place)));
  if (isPromise(isOfType)) completeObjectLater(run, plan, value, type, source, place, isOfType);
  else select(run, plan, value, type, source, place, isOfType);
}

function completeObjectLater(
  run: Run,
  plan: FieldPlan,
  value: Composite,
  type: GraphQLObjectType,
  source: unknown,
  place: Place,
  known: PromiseLike<boolean>,
): void {
  waitAt(run, plan, value, known, place, (isOfType) => select(run, plan, value, type, source, place, isOfType));
}

function select(
  run: Run,
  plan: FieldPlan,
  value: Composite,
  type: GraphQLObjectType,
  source: unknown,
  place: Place,
  isOfType: boolean,
): void {
  if (!isOfType) {
    throw new GraphQLError(`Expected value of type "${type.name}" but got: ${typeof source}.`, { nodes: plan.nodes });
  }
  const object: Container = {};
  place.container[place.key] = object;
  runFields(run, value.selectionOf(type), source, object, place);
}

function completeAbstract(
  run: Run,
  plan: FieldPlan,
  value: ValuePlan & { kind: 'abstract' },
  source: unknown,
  place: Place,
): void {
  const resolveType = value.type.resolveType ?? defaultTypeResolver;
  const name = resolveType(source, run.contextValue, infoOf(run, plan, pathOf(place)), value.type);
  const goOn = (typeName: string | undefined) => {
    const type = run.schema.getType(typeName ?? '');
    if (!isObjectType(type) || !run.schema.isSubType(value.type, type)) {
      const problem = `Abstract type "${value.type.name}" was resolved to "${typeName}", which is none of its types`;
      throw new GraphQLError(`${problem}, for field "${nameOf(plan)}".`, { nodes: plan.nodes });
    }
    completeObject(run, plan, value, type, source, place);
  };
  if (isPromise(name)) waitAt(run, plan, value, name, place, goOn);
  else goOn(name);
}
