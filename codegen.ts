/**
 * `npm run codegen` writes `schema.graphql`, sorted, with descriptions, its reference in `docs/`, typed documents for the
 * tests and the console, and the console's icons; `npm run codegen -- --check` fails where one of them is not up to date.
 */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { icons as lucide } from '@iconify-json/lucide';
import {
  concatAST,
  type DocumentNode,
  isAbstractType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  separateOperations,
  validate,
} from 'graphql';
import { schema } from './src/graphql/schema.ts';
import { providers } from './src/upstreams/clients/registry.ts';
import { writeReference } from './write-reference.ts';

/** Where operations stand, and where their types go. */
const documentSets: readonly { documents: string; output: string; list?: string }[] = [
  { documents: 'test/documents/*.graphql', output: 'test/generated/documents.ts' },
  {
    documents: 'src/console/documents/*.graphql',
    output: 'src/console/generated/documents.ts',
    list: 'src/console/generated/persisted-documents.json',
  },
  { documents: 'examples/live-summaries/src/*.graphql', output: 'examples/live-summaries/src/generated/documents.ts' },
];

const scalars = {
  DateTime: 'string',
  Date: 'string',
  JSONObject: 'Record<string, unknown>',
  SafeInt: 'number',
  File: 'File',
};

const sdl = `${printSchema(lexicographicSortSchema(schema))}\n`;

type Located = { location: string; document: DocumentNode };

async function readDocuments(pattern: string): Promise<Located[]> {
  const files = (await Array.fromAsync(glob(pattern))).sort();
  return Promise.all(files.map(async (location) => ({ location, document: parse(await readFile(location, 'utf8')) })));
}

/** Each operation with the fragments that it needs, by its SHA-256: what a gateway that runs listed documents alone runs. */
function writeList(documents: readonly Located[]): string {
  const all = concatAST(documents.map(({ document }) => document));
  const texts = Object.values(separateOperations(all)).map(print);
  const list = Object.fromEntries(texts.map((text) => [hash('sha256', text), text] as const).sort());
  return `${JSON.stringify(list, null, 2)}\n`;
}

async function writeDocuments(pattern: string, output: string, documents: readonly Located[]): Promise<string | null> {
  if (documents.length === 0) return null;
  const all = { kind: Kind.DOCUMENT as const, definitions: documents.flatMap(({ document }) => document.definitions) };
  const problems = validate(schema, all);
  if (problems.length > 0) throw new Error(problems.map((problem) => `${pattern}: ${problem.message}`).join('\n'));
  const config = { useTypeImports: true, enumsAsTypes: true, skipTypename: true, scalars };
  return codegen({
    schema: parse(sdl) as never,
    schemaAst: schema as never,
    documents: documents as never,
    filename: output,
    config,
    plugins: [
      { add: {} },
      { typescriptOperations: { ...config, onlyOperationTypes: true } },
      { typedDocumentNode: config },
    ],
    pluginMap: {
      add: { plugin: () => '// Written by `npm run codegen`.' },
      typescriptOperations: typescriptOperations as never,
      typedDocumentNode: typedDocumentNode as never,
    },
  });
}

/** The APIs that can be connected, for the console: it names none itself. */
function writeApis(): string {
  const apis = [...providers.values()].map(({ name, label, description, connection, webhooks }) => ({
    name,
    label,
    about: description.replace(`${label}: `, '').replace(/^./, (first) => first.toUpperCase()),
    hasTenants: connection.remoteTenant !== null,
    postsWebhooks: webhooks !== null,
  }));
  return `// Written by \`npm run codegen\`.\nexport const apis = ${JSON.stringify(apis, null, 2)} as const;\n`;
}

/** Which types an interface or a union may be: what the console's cache needs of the schema. */
function writePossibleTypes(): string {
  const possible = Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map(
      (type) =>
        [
          type.name,
          schema
            .getPossibleTypes(type)
            .map(({ name }) => name)
            .sort(),
        ] as const,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const types = JSON.stringify(Object.fromEntries(possible), null, 2);
  return `// Written by \`npm run codegen\`.\nexport const possibleTypes: Record<string, string[]> = ${types};\n`;
}

/** The icons that the console imports, of Lucide's: `FileText` is its `file-text`. */
async function writeIcons(): Promise<string> {
  const names = new Set<string>();
  for await (const file of glob('src/console/**/*.{ts,tsx}')) {
    for (const [, imported = ''] of (await readFile(file, 'utf8')).matchAll(
      /^import \{([^}]+)\} from '.+\/icons\.tsx';$/gm,
    ))
      for (const [name] of imported.matchAll(/\w+(?: as \w+)?/g)) names.add(name.replace(/ as .+/, ''));
  }
  const shapes = [...names].sort().map((name) => {
    const known = name.replace(/(?<=.)([A-Z]|\d+)/g, '-$1').toLowerCase();
    const body = lucide.icons[known]?.body;
    if (body === undefined) throw new Error(`Lucide has no icon "${known}" for ${name}`);
    const shape = body.replace(/ (?:fill|stroke(?:-\w+)?)="[^"]*"/g, '').replace(/(?<=<\/?)g(?=>)/g, '');
    return `export const ${name} = createIcon(${shape});\n`;
  });
  const origin =
    '// Lucide Icons (ISC License, Copyright Lucide Icons and Contributors), written by `npm run codegen`.';
  return `${origin}\nimport { createIcon } from '../ui/icon.tsx';\n\n${shapes.join('')}`;
}

const outputs = new Map([
  ['schema.graphql', sdl],
  ['docs/reference.md', writeReference(lexicographicSortSchema(schema))],
  ['src/console/generated/possible-types.ts', writePossibleTypes()],
  ['src/console/generated/apis.ts', writeApis()],
  ['src/console/generated/icons.tsx', await writeIcons()],
]);
for (const { documents, output, list } of documentSets) {
  const read = await readDocuments(documents);
  const content = await writeDocuments(documents, output, read);
  if (content !== null) outputs.set(output, content);
  if (list !== undefined) outputs.set(list, writeList(read));
}

const isCheck = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, content] of outputs) {
  const isCurrent = existsSync(file) && (await readFile(file, 'utf8')) === content;
  if (isCurrent) continue;
  stale.push(file);
  if (isCheck) continue;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
if (isCheck && stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}; run: npm run codegen`);
  process.exit(1);
}
console.log(stale.length === 0 ? 'generated files are up to date' : `wrote ${stale.join(', ')}`);
