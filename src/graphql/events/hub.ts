import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from 'pino';
import type { App, Caller } from '../../domain/app.ts';
import { BadRequestError } from '../../domain/errors.ts';
import { decodeCursor } from '../../events/cursor.ts';
import { createGate } from '../../lib/gate.ts';
import { canonicalJson } from '../../lib/json.ts';
import { createContext } from '../context.ts';
import { schema } from '../schema.ts';
import { createExecution, createSharedReads } from './execution.ts';
import type { Feed, ListFeed } from './feed.ts';
import { createGroup, type Group } from './group.ts';
import { createListExecution } from './list-execution.ts';
import type { Listener, Outlet } from './listener.ts';
import { placeVariableOf } from './place.ts';
import { createTurns } from './turns.ts';

/** How often listeners that take nothing are looked for. */
const stallCheckMs = 1_000;
/** Snapshots read at once, in all groups together. */
const startsAtOnce = 4;

export type SubscribeRequest = {
  caller: Caller;
  requestId: string;
  /** Parsed and valid. */
  document: DocumentNode;
  /** The document as it was sent. */
  source: string;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown> | null | undefined;
  /** Goes before the argument `after`: what a browser sends by itself when it comes back. */
  lastEventId: string | null;
};

/** A subscription that can be listened to: `listen` is to be called, or `leave`. */
export type Opening = { listen(outlet: Outlet): Listener; leave(): void };
export type Refusal = { errors: readonly GraphQLError[] };

/** All listeners of the process, in groups of those who ask for the same. */
export type Hub = {
  /**
   * Finds the group of a subscription, or makes it, as soon as the database can be read.
   * @returns the errors of what cannot be subscribed to; null where the process is closing
   * @throws BadRequestError where the place to go on from is none
   */
  open(request: SubscribeRequest): Promise<Opening | Refusal | null>;
  /** Ends all streams. */
  close(): void;
};

export type HubOptions = {
  app: App;
  /** A result as it goes over the wire, its errors in the contract's words. */
  serialise(result: ExecutionResult, requestId: string): string;
  /** Told how many groups there are, whenever that changes. */
  onGroups?(count: number): void;
  log: Logger;
};

/** A group, and how many are about to listen to it. */
type Entry = { made: Promise<Made | Refusal | null>; openings: number };
type Made = { group: Group; isList: boolean; after: string | null; drop(): void };

export function createHub(options: HubOptions): Hub {
  const { app, log } = options;
  const entries = new Map<string, Entry>();
  const groups = new Set<Group>();
  const closing = new AbortController();
  const listenersApp: App = { ...app, database: app.database.forListeners() };
  const shared = {
    turns: createTurns(),
    reads: createSharedReads(),
    recentBudget: { bytes: 0 },
    startGate: createGate(startsAtOnce),
    onFailure: (err: unknown) => log.warn({ err }, 'a subscription waits for the database'),
  };
  const timer = setInterval(() => {
    const now = Date.now();
    for (const group of groups) group.endStalled(now);
  }, stallCheckMs);
  timer.unref();

  const make = async (request: SubscribeRequest, key: string, entry: () => Entry): Promise<Made | Refusal | null> => {
    const caller: Caller = { ...request.caller, app: listenersApp, apiKeyId: null };
    const { tenantId } = caller;
    const selection = {
      schema,
      document: request.document,
      operationName: request.operation.name?.value,
      variableValues: request.variables,
    };
    const source = await createSourceEventStream({
      ...selection,
      contextValue: createContext(caller, request.requestId),
    });
    if (!(Symbol.asyncIterator in source)) return { errors: source.errors ?? [] };
    const feed = source as unknown as Feed | ListFeed;
    const isList = 'whole' in feed;
    const tenantLog = await app.tail.open(tenantId, closing.signal);
    if (tenantLog === null) return null;
    const { serialise } = options;
    const group = createGroup({
      ...shared,
      tenantId,
      log: tenantLog,
      execution:
        'whole' in feed
          ? createListExecution({ selection, feed, caller, serialise, log })
          : createExecution({ ...shared, selection, feed, caller, serialise, log }),
      hasSnapshot: 'whole' in feed || feed.snapshot !== null,
      isList,
      onEmpty: () => drop(),
    });
    groups.add(group);
    options.onGroups?.(groups.size);
    const drop = () => {
      if (group.size > 0 || entry().openings > 0) return;
      groups.delete(group);
      options.onGroups?.(groups.size);
      group.close();
      tenantLog.release();
      if (entries.get(key) === entry()) entries.delete(key);
    };
    return { group, isList, after: 'whole' in feed ? null : feed.after, drop };
  };

  const entryOf = (request: SubscribeRequest, key: string): Entry => {
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { openings: 0, made: make(request, key, () => entry) };
    entries.set(key, entry);
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    // What was refused is tried anew by the next one who asks.
    entry.made.then((made) => (made === null || 'errors' in made) && forget(), forget);
    return entry;
  };

  return {
    open: async (request) => {
      const placeVariable = placeVariableOf(request.document, request.operation);
      const key = keyOf(request, placeVariable);
      const entry = entryOf(request, key);
      entry.openings++;
      let made: Made | Refusal | null = null;
      try {
        made = await entry.made;
      } finally {
        entry.openings--;
      }
      if (made === null || 'errors' in made) return made;
      const { group, isList, after, drop } = made;
      const given = placeVariable === null ? after : request.variables?.[placeVariable];
      try {
        // A list begins with all of it, whatever its listener has had.
        const place = isList ? null : placeOf(request.caller.tenantId, request.lastEventId ?? given);
        entry.openings++;
        const settle = () => {
          entry.openings--;
          drop();
        };
        return {
          listen: (outlet) => {
            const listener = group.listen(outlet, place);
            settle();
            return listener;
          },
          leave: settle,
        };
      } catch (err) {
        drop();
        throw err;
      }
    },
    close: () => {
      closing.abort();
      clearInterval(timer);
      for (const group of [...groups]) group.endAll();
    },
  };
}

/** Who asks for the same: of one tenant, with the same scopes, in the same words, given the same addresses. */
function keyOf(request: SubscribeRequest, placeVariable: string | null): string {
  const { caller, source, operation, variables } = request;
  const others: Record<string, unknown> = { ...variables };
  // Whether one is given, and whether it is a text, is a matter of form that the group's first listener settles.
  if (placeVariable !== null && placeVariable in others) others[placeVariable] = typeof others[placeVariable];
  const scopes = [...caller.scopes].sort();
  return canonicalJson([caller.tenantId, scopes, caller.baseUrl, source, operation.name?.value ?? null, others]);
}

/** @throws BadRequestError */
function placeOf(tenantId: string, cursor: unknown): bigint | null {
  if (cursor === null || cursor === undefined) return null;
  const place = typeof cursor === 'string' ? decodeCursor(tenantId, cursor) : null;
  if (place === null) throw new BadRequestError('`after` is not a cursor of an event of this tenant');
  return place;
}
