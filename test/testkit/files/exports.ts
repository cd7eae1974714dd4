import { expect } from 'vitest';
import type { TestGateway } from '../gateway.ts';

export type ShownExport = {
  id: string;
  status: 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'EXPIRED';
  format: string;
  progress: number;
  conversationCount: number | null;
  size: number | null;
  downloadUrl: string | null;
  expiresAt: string;
  error: string | null;
  createdAt: string;
};

export const exportFields = 'id status format progress conversationCount size downloadUrl expiresAt error createdAt';

export type CreateExportAnswer = {
  __typename: string;
  message?: string;
  fields?: { field: string; messages: string[] }[];
  export?: ShownExport;
};

/** Asks for an export; the mutation's answer, whichever member of the union it is. */
export async function askForExport(
  gateway: TestGateway,
  input: Record<string, unknown>,
  options: { apiKey?: string } = {},
): Promise<CreateExportAnswer> {
  const { body } = await gateway.graphql<{ createExport: CreateExportAnswer }>(
    `mutation ($input: CreateExportInput!) { createExport(input: $input) {
      __typename
      ... on CreateExportPayload { export { ${exportFields} } }
      ... on ValidationError { message fields { field messages } }
    } }`,
    { input },
    options,
  );
  const answer = body.data?.createExport;
  if (answer === undefined) throw new Error(`createExport was not answered: ${JSON.stringify(body)}`);
  return answer;
}

/** An export as the graph shows it. */
export async function showExport(gateway: TestGateway, id: string): Promise<ShownExport | null> {
  const { body } = await gateway.graphql<{ export: ShownExport | null }>(
    `query ($id: ID!) { export(id: $id) { ${exportFields} } }`,
    { id },
  );
  return body.data?.export ?? null;
}

/** Asks for an export and waits until it is over. @throws where it does not complete */
export async function completedExport(
  gateway: TestGateway,
  input: Record<string, unknown>,
): Promise<ShownExport & { downloadUrl: string }> {
  const answer = await askForExport(gateway, input);
  if (answer.export === undefined) throw new Error(`the export was refused: ${JSON.stringify(answer)}`);
  return finished(gateway, answer.export.id);
}

/** Waits until an export is over. @throws where it does not complete */
export async function finished(
  gateway: TestGateway,
  id: string,
  timeout = 60_000,
): Promise<ShownExport & { downloadUrl: string }> {
  let shown: ShownExport | null = null;
  await expect
    .poll(
      async () => {
        shown = await showExport(gateway, id);
        return shown?.status;
      },
      { timeout, interval: 100 },
    )
    .not.toBe('PROCESSING');
  const { downloadUrl = null, ...rest } = (shown ?? {}) as Partial<ShownExport>;
  if (downloadUrl === null) throw new Error(`the export cannot be had: ${JSON.stringify(rest)}`);
  return { ...(rest as ShownExport), downloadUrl };
}

/** The file of a completed export, and what it comes as. */
export async function download({ downloadUrl }: { downloadUrl: string }): Promise<{ bytes: Buffer; headers: Headers }> {
  const response = await fetch(downloadUrl);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status}: ${bytes.toString()}`);
  return { bytes, headers: response.headers };
}
