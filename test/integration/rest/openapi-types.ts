import openapiTypescript, { astToString } from 'openapi-typescript';

/** TypeScript declarations of what an OpenAPI document describes, as openapi-typescript writes them. */
export async function generateTypes(document: unknown): Promise<string> {
  return astToString(await openapiTypescript(structuredClone(document) as never));
}
