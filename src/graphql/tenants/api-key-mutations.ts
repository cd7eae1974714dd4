import { type ApiKeyRow, createApiKey, revokeApiKey, updateApiKey } from '../../domain/tenants/api-keys.ts';
import { builder } from '../builder.ts';
import { resultOf } from '../results.ts';
import { ApiKey, scopesDescription } from './viewer.ts';

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to be made.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for: 1 to 100 characters.' }),
    scopes: t.stringList({ required: true, description: `What it may do, one at least. ${scopesDescription}` }),
    expiresAt: t.field({ type: 'DateTime', description: 'From when on it is refused; never where not given.' }),
  }),
});

const CreateApiKeyPayload = builder.objectRef<{ apiKey: ApiKeyRow; secret: string }>('CreateApiKeyPayload').implement({
  description: 'The key was made.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKey, description: 'What is kept of it.', resolve: (payload) => payload.apiKey }),
    secret: t.exposeString('secret', { description: 'The key itself, `ak_…`, shown this once.' }),
  }),
});

const createResult = resultOf('CreateApiKey', CreateApiKeyPayload, ['ValidationError']);

const UpdateApiKeyInput = builder.inputType('UpdateApiKeyInput', {
  description: 'What is to change of a key; what is not given stays. Its scopes are for good.',
  fields: (t) => ({
    id: t.id({ required: true, description: '`key_…`.' }),
    name: t.string({ description: 'What it is for: 1 to 100 characters.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From when on it is refused, in the future; null: never. A key that has expired opens again.',
    }),
  }),
});

const UpdateApiKeyPayload = builder.objectRef<{ apiKey: ApiKeyRow }>('UpdateApiKeyPayload').implement({
  description: 'The key was changed.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKey, description: 'As it is now.', resolve: (payload) => payload.apiKey }),
  }),
});

const updateResult = resultOf('UpdateApiKey', UpdateApiKeyPayload, ['ValidationError', 'NotFoundError']);

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key is to be revoked.',
  fields: (t) => ({ id: t.id({ required: true, description: '`key_…`.' }) }),
});

const RevokeApiKeyPayload = builder.objectRef<{ apiKey: ApiKeyRow }>('RevokeApiKeyPayload').implement({
  description: 'The key opens nothing any more.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKey, description: 'As it is now.', resolve: (payload) => payload.apiKey }),
  }),
});

const revokeResult = resultOf('RevokeApiKey', RevokeApiKeyPayload, ['NotFoundError']);

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: createResult.type,
    description: 'Makes a key. Needs the scope `admin`.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input: { expiresAt, ...input } }, ctx) =>
      createResult.attempt(() => createApiKey(ctx.caller, { ...input, expiresAt: expiresAt ?? null })),
  }),
  updateApiKey: t.field({
    type: updateResult.type,
    description: 'Renames a key, or changes its end. Needs the scope `admin`.',
    args: { input: t.arg({ type: UpdateApiKeyInput, required: true, description: 'What is to change.' }) },
    resolve: (_root, { input: { id, ...change } }, ctx) =>
      updateResult.attempt(async () => ({ apiKey: await updateApiKey(ctx.caller, id, change) })),
  }),
  revokeApiKey: t.field({
    type: revokeResult.type,
    description:
      'Makes a key useless from now on, and closes what was opened with it within seconds. Again: no change. ' +
      'Needs the scope `admin`.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) =>
      revokeResult.attempt(async () => ({ apiKey: await revokeApiKey(ctx.caller, input.id) })),
  }),
}));
