import { setTimeout as sleep } from 'node:timers/promises';
import type { TestGateway } from '../gateway.ts';

export type ShownImport = {
  id: string;
  status: 'PROCESSING' | 'COMPLETED' | 'FAILED';
  filename: string;
  size: number;
  dryRun: boolean;
  progress: number;
  format: string | null;
  importedCount: number;
  messageCount: number;
  extendedCount: number;
  unchangedCount: number;
  leftOutCount: number;
  leftOut: { place: string; reason: string }[];
  error: string | null;
};

export const importFields = `id status filename size dryRun progress format importedCount messageCount extendedCount
  unchangedCount leftOutCount leftOut { place reason } error`;

/** A mutation's answer, whichever member of the union it is. */
export type ImportAnswer = {
  __typename: string;
  message?: string;
  fields?: { field: string; messages: string[] }[];
  import?: ShownImport;
};

type Asked = Pick<TestGateway, 'fetch' | 'apiKey' | 'graphql'>;
export type ImportOptions = { assistant?: string; dryRun?: boolean; apiKey?: string };

/** Sends a file to be imported; the answer as it came. */
export async function sendImport(
  gateway: Asked,
  filename: string,
  content: string | Uint8Array,
  { apiKey = gateway.apiKey, ...given }: ImportOptions = {},
): Promise<{ data?: { importConversations: ImportAnswer } | null; errors?: { message: string }[] }> {
  const query = `mutation ($input: ImportConversationsInput!) { importConversations(input: $input) {
    __typename
    ... on ImportConversationsPayload { import { ${importFields} } }
    ... on Error { message }
    ... on ValidationError { fields { field messages } }
  } }`;
  const body = new FormData();
  body.set('operations', JSON.stringify({ query, variables: { input: { ...given, file: null } } }));
  body.set('map', JSON.stringify({ file: ['variables.input.file'] }));
  body.set('file', new File([typeof content === 'string' ? content : Uint8Array.from(content)], filename));
  const headers = {
    authorization: `Bearer ${apiKey}`,
    accept: 'application/graphql-response+json',
    'graphql-require-preflight': '1',
  };
  const response = await gateway.fetch('/graphql', { method: 'POST', headers, body });
  return (await response.json()) as { data?: { importConversations: ImportAnswer } };
}

/** An import as the graph shows it. */
export async function showImport(gateway: Asked, id: string): Promise<ShownImport> {
  const { body } = await gateway.graphql<{ import: ShownImport | null }>(
    `query ($id: ID!) { import(id: $id) { ${importFields} } }`,
    { id },
  );
  if (body.data?.import == null) throw new Error(`there is no import ${id}: ${JSON.stringify(body)}`);
  return body.data.import;
}

/** Has a file imported, and waits until it is done. @throws where it is refused */
export async function importFile(
  gateway: Asked,
  filename: string,
  content: string | Uint8Array,
  options?: ImportOptions,
): Promise<ShownImport> {
  const answer = await sendImport(gateway, filename, content, options);
  const id = answer.data?.importConversations.import?.id;
  if (id === undefined) throw new Error(`the import was refused: ${JSON.stringify(answer)}`);
  for (;;) {
    const shown = await showImport(gateway, id);
    if (shown.status !== 'PROCESSING') return shown;
    await sleep(50);
  }
}
