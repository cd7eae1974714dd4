import { type StartOptions, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { createContract } from './contract.ts';

export type Answer<Body = unknown> = { status: number; headers: Headers; text: string; body: Body };

export type RestGateway = TestGateway & {
  /**
   * Asks with the gateway's key, or another; a body that is not a text is sent as JSON. Every answer is checked
   * against `/openapi.json`.
   */
  ask<Body = Record<string, unknown>>(
    method: string,
    pathAndQuery: string,
    options?: { body?: unknown; apiKey?: string | null; headers?: Record<string, string> },
  ): Promise<Answer<Body>>;
};

/** A gateway, asked by REST. */
export async function startRest(options: StartOptions = {}): Promise<RestGateway> {
  const gateway = await startGateway(options);
  const { url } = gateway;
  const contract = createContract(await (await fetch(`${url}/openapi.json`)).json());

  return {
    ...gateway,
    ask: async <Body>(
      method: string,
      pathAndQuery: string,
      {
        body,
        apiKey = gateway.apiKey,
        headers,
      }: { body?: unknown; apiKey?: string | null; headers?: Record<string, string> } = {},
    ): Promise<Answer<Body>> => {
      const isAsItIs = body === undefined || typeof body === 'string' || body instanceof FormData;
      const response = await fetch(new URL(pathAndQuery, url), {
        method,
        headers: {
          ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
          ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: isAsItIs ? ((body as string | FormData | undefined) ?? null) : JSON.stringify(body),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
      const parsed: unknown = isJson ? JSON.parse(text) : text;
      contract.check(method, pathAndQuery, response, parsed);
      return { status: response.status, headers: response.headers, text, body: parsed as Body };
    },
  };
}
