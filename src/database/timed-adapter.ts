import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils';

/** Told of each statement when it has ended: its text, which bears no values, and how long it took. */
export type StatementTimer = (sql: string, ms: number) => void;

/** The same adapter, its statements timed, those in transactions too. */
export function timeStatements(factory: SqlDriverAdapterFactory, onEnd: StatementTimer): SqlDriverAdapterFactory {
  return wrap(factory, {
    connect: async () => {
      const adapter = await factory.connect();
      return timed<SqlDriverAdapter>(adapter, onEnd, {
        startTransaction: async (...args: Parameters<SqlDriverAdapter['startTransaction']>) =>
          timed(await adapter.startTransaction(...args), onEnd, {}),
      });
    },
  });
}

function timed<T extends SqlQueryable>(queryable: T, onEnd: StatementTimer, others: Partial<T>): T {
  const clocked =
    <Result>(run: (query: { sql: string }) => Promise<Result>) =>
    async (query: { sql: string }): Promise<Result> => {
      const startedAt = performance.now();
      try {
        return await run(query);
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
