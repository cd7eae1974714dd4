import type { OpenAPIHono } from '@hono/zod-openapi';
import type { RestEnv } from './env.ts';

/** A path of an API, `/v1/conversations/{id}`, and the methods that it knows. */
type PathEntry = { template: string; methods: string[] };

export type RouteTable = {
  /** The path that a request means; null for an unknown one. Names win over parameters. */
  find(path: string): PathEntry | null;
};

/** What `app` serves. Ask only once all its routes are there. */
export function createRouteTable(app: OpenAPIHono<RestEnv>): RouteTable {
  const byTemplate = new Map<string, Set<string>>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { path, method } = definition.route;
    const methods = byTemplate.get(path) ?? new Set<string>();
    methods.add(method.toUpperCase());
    if (method === 'get') methods.add('HEAD');
    byTemplate.set(path, methods);
  }
  const entries = [...byTemplate]
    .map(([template, methods]) => ({
      template,
      methods: [...methods],
      pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
      parameters: template.split('{').length,
    }))
    .sort((a, b) => a.parameters - b.parameters);
  return { find: (path) => entries.find(({ pattern }) => pattern.test(path)) ?? null };
}
