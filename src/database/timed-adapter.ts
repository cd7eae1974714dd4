import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils';

/** Told of each statement when it has ended: its text, which bears no values, and how long it took. */
export type StatementTimer = (sql: string, ms: number) => void;

/** Runs a statement within what tells of it. */
export type StatementSpan = <T>(sql: string, run: () => Promise<T>) => Promise<T>;

/** The same adapter, its statements timed, those in transactions too. */
export function timeStatements(
  factory: SqlDriverAdapterFactory,
  onEnd: StatementTimer,
  span: StatementSpan = (_sql, run) => run(),
): SqlDriverAdapterFactory {
  const watch = { onEnd, span };
  return wrap(factory, {
    connect: async () => {
      const adapter = await factory.connect();
      return timed<SqlDriverAdapter>(adapter, watch, {
        startTransaction: async (...args: Parameters<SqlDriverAdapter['startTransaction']>) =>
          timed(await adapter.startTransaction(...args), watch, {}),
      });
    },
  });
}

type Watch = { onEnd: StatementTimer; span: StatementSpan };

function timed<T extends SqlQueryable>(queryable: T, { onEnd, span }: Watch, others: Partial<T>): T {
  const clocked =
    <Result>(run: (query: { sql: string }) => Promise<Result>) =>
    async (query: { sql: string }): Promise<Result> => {
      const startedAt = performance.now();
      try {
        return await span(query.sql, () => run(query));
      } finally {
        onEnd(query.sql, performance.now() - startedAt);
      }
    };
  return wrap(queryable, {
    ...others,
    queryRaw: clocked((query) => queryable.queryRaw(query as Parameters<T['queryRaw']>[0])),
    executeRaw: clocked((query) => queryable.executeRaw(query as Parameters<T['executeRaw']>[0])),
  } as Partial<T>);
}

/** `target` with some of its members replaced. Its own ones keep it as their `this`. */
function wrap<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const member: unknown = Reflect.get(target, name);
      return member instanceof Function ? member.bind(target) : member;
    },
  });
}
