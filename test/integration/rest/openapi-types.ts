import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * TypeScript declarations of what an OpenAPI document describes, as openapi-typescript writes them. It needs the
 * compiler's JavaScript API, which TypeScript 7 no longer has: it is given the copy that @ts-morph/common brings.
 */
export async function generateTypes(document: unknown): Promise<string> {
  const compiler = pathToFileURL(createRequire(import.meta.url).resolve('@ts-morph/common')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'typescript' && context.parentURL?.includes('/openapi-typescript/') === true
        ? { url: 'convograph-test:typescript', format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === 'convograph-test:typescript'
        ? {
            format: 'module',
            shortCircuit: true,
            source: `import common from ${JSON.stringify(compiler)}; export default common.ts;`,
          }
        : next(url, context),
  });
  try {
    const { astToString, default: openapiTypescript } = await import('openapi-typescript');
    return astToString(await openapiTypescript(structuredClone(document) as never));
  } finally {
    hooks.deregister();
  }
}
