import { hash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type DocumentNode, Kind, parse, print, validate, visit } from 'graphql';
import { z } from 'zod';
import { schema } from '../../../graphql/schema.ts';
import { graphqlLimits } from '../limits.ts';

/** Documents that are known before anybody asks. */
export type ListedDocuments = {
  find(id: string): string | undefined;
  /** Whether a text is one of the list, however it is set, and with whatever `__typename` a client's cache added. */
  has(text: string): boolean;
};

/** Texts that were found in the list, by their hash, so that each is looked through once. */
const maxKnown = 10_000;

const byId = z.record(z.string().min(1), z.string());
/** As GraphQL Code Generator's client preset and Relay's compiler write them, and as Apollo's manifest generator does. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string() })),
});

/**
 * Reads lists of documents, each a file, or a folder with a file for each client and version.
 * `tell` hears of documents that the graph does not know any more: they are listed, and refused when they are asked for.
 * @throws Error whose message names the file that is no list, and the document in it
 */
export async function readListedDocuments(
  places: readonly string[],
  tell: (problem: { file: string; id: string; problem: string }) => void,
): Promise<ListedDocuments> {
  const texts = new Map<string, string>();
  const forms = new Set<string>();
  for (const file of (await Promise.all(places.map(filesOf))).flat()) {
    for (const [id, text] of await readList(file)) {
      const known = texts.get(id);
      if (known !== undefined && known !== text)
        throw new Error(`${file}: "${id}" is another document in another file`);
      if (known !== undefined) continue;
      let document: DocumentNode;
      try {
        document = parse(text, { maxTokens: graphqlLimits.tokens });
      } catch (err) {
        throw new Error(`${file}: "${id}" is no GraphQL document: ${err instanceof Error ? err.message : err}`);
      }
      const [problem] = validate(schema, document, undefined, { maxErrors: 1 });
      if (problem !== undefined) tell({ file, id, problem: problem.message });
      texts.set(id, text);
      forms.add(formOf(document));
    }
  }
  const known = new Set<string>();
  return {
    find: (id) => texts.get(id),
    has: (text) => {
      const digest = hash('sha256', text, 'base64');
      if (known.has(digest)) return true;
      let form: string;
      try {
        form = formOf(parse(text, { maxTokens: graphqlLimits.tokens, noLocation: true }));
      } catch {
        return false;
      }
      if (!forms.has(form)) return false;
      if (known.size >= maxKnown) known.clear();
      known.add(digest);
      return true;
    },
  };
}

async function filesOf(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (found === null) throw new Error(`${place} is not there, or cannot be read`);
  if (!found.isDirectory()) return [place];
  const files = (await readdir(place)).filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) throw new Error(`${place} has no .json file`);
  return files.map((name) => path.join(place, name));
}

async function readList(file: string): Promise<[id: string, text: string][]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (err) {
    throw new Error(`${file} is no JSON: ${err instanceof Error ? err.message : err}`);
  }
  const apollo = manifest.safeParse(json);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body]);
  const plain = byId.safeParse(json);
  if (plain.success) return Object.entries(plain.data);
  throw new Error(`${file} must be a JSON object of documents' texts by their ids, or a manifest of Apollo's`);
}

/** What documents have in common that differ in blanks, comments, order, and the type names that caches ask for. */
function formOf(document: DocumentNode): string {
  const { definitions } = visit(document, {
    SelectionSet: (node) => {
      const selections = node.selections.filter(
        (each) =>
          each.kind !== Kind.FIELD ||
          each.name.value !== '__typename' ||
          each.alias !== undefined ||
          (each.directives ?? []).length > 0,
      );
      return selections.length === 0 ? undefined : { ...node, selections };
    },
  });
  return definitions.map(print).sort().join('\n');
}
