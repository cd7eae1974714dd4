import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as fragmentMatcher from '@graphql-codegen/fragment-matcher';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildClientSchema, getIntrospectionQuery, parse, printSchema } from 'graphql';
import ts from 'typescript';
import { readDocument, root } from '../doc-blocks.ts';
import type { TestGateway } from '../gateway.ts';

/** What of a `CodegenConfig` the guide's uses. */
type Config = {
  schema: Record<string, { headers: Record<string, string> }>[];
  config: Record<string, unknown>;
  generates: Record<string, { plugins: string[]; config?: Record<string, unknown> }>;
};

export type FrontEnd = AsyncDisposable & {
  folder: string;
  /** A module of its `src/`. */
  load<Module>(name: string): Promise<Module>;
  /** What the code generator wrote, by path. */
  generated: ReadonlyMap<string, string>;
};

const plugins: Record<string, unknown> = {
  'typescript-operations': typescriptOperations,
  'typed-document-node': typedDocumentNode,
  'fragment-matcher': fragmentMatcher,
};

export const guide = readDocument('docs/front-end.md');

/** A folder with what the guide has its reader write, and with what the reader's code generator writes then. */
export async function writeFrontEnd(gateway: TestGateway): Promise<FrontEnd> {
  await mkdir(path.join(root, 'dist'), { recursive: true });
  // Within the project, where packages are found, and not in node_modules, where Node takes no types away.
  const folder = await mkdtemp(path.join(root, 'dist/front-end-'));
  const source = path.join(folder, 'src');
  await cp(path.join(root, 'docs/clients'), path.join(source, 'clients'), { recursive: true });
  const config = `export const GATEWAY: string = '${gateway.url}';\nexport const API_KEY: string = '${gateway.apiKey}';\n`;
  await writeFile(path.join(source, 'config.ts'), config);
  for (const [name, block] of guide.blocks) {
    if (/^(urql|apollo|relay|live)(?!-(config|component))/.test(name)) {
      await writeFile(path.join(source, `${name}.ts`), block);
    }
    if (/^(App|main)$/.test(name)) await writeFile(path.join(source, `${name}.tsx`), block);
  }
  const generated = await generate(folder, gateway);
  for (const [file, content] of generated) await writeFile(path.join(folder, file), content);
  return {
    folder,
    generated,
    load: (name) => import(pathToFileURL(path.join(source, `${name}.ts`)).href),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Does with the guide's `codegen.ts` what the generator's command does, by the same plugins. */
async function generate(folder: string, gateway: TestGateway): Promise<Map<string, string>> {
  const file = path.join(folder, 'codegen.ts');
  const env = `process.env.GATEWAY = '${gateway.url}'; process.env.API_KEY = '${gateway.apiKey}';\n`;
  await writeFile(file, env + guide.block('codegen'));
  const { default: config }: { default: Config } = await import(pathToFileURL(file).href);
  const [address = '', { headers } = { headers: {} }] = Object.entries(config.schema[0] ?? {})[0] ?? [];
  const response = await fetch(address, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true }) }),
  });
  const schema = buildClientSchema((await response.json()).data);
  const documents = [{ location: 'src/app.graphql', document: parse(guide.block('documents')) }];
  const outputs = Object.entries(config.generates).map(async ([filename, output]) => {
    const options = { ...config.config, ...output.config };
    const content = await codegen({
      schema: parse(printSchema(schema)) as never,
      schemaAst: schema as never,
      documents: documents as never,
      filename,
      config: options,
      plugins: output.plugins.map((name) => ({ [name]: options })),
      pluginMap: Object.fromEntries(output.plugins.map((name) => [name, plugins[name]])) as never,
    });
    return [filename, content] as const;
  });
  return new Map(await Promise.all(outputs));
}

/** What the compiler has against the modules of its `src/`, with the options that the guide names. */
export function typeErrors({ folder }: FrontEnd): string[] {
  const files = ts.sys.readDirectory(path.join(folder, 'src'), ['.ts', '.tsx']);
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    allowJs: true,
    jsx: ts.JsxEmit.ReactJSX,
    maxNodeModuleJsDepth: 10,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const where = file === undefined ? '' : path.relative(folder, file.fileName);
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
