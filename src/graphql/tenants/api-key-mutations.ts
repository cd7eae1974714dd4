import { NotFoundError, ValidationError } from '../../domain/errors.ts';
import { type ApiKeyRow, createApiKey, revokeApiKey, updateApiKey } from '../../domain/tenants/api-keys.ts';
import { builder, type Types } from '../builder.ts';
import { ApiKey, scopesDescription } from './viewer.ts';

const idDescription = "The key's id, `key_…`; not the key itself.";
const nameDescription = 'What it is for: 1 to 100 characters.';

builder.relayMutationField(
  'createApiKey',
  {
    description: 'A key to be made.',
    inputFields: (t) => ({
      name: t.string({ required: true, description: nameDescription }),
      scopes: t.stringList({ required: true, description: `What it may do, one at least. ${scopesDescription}` }),
      expiresAt: t.field({ type: 'DateTime', description: 'From when on it is refused; never where not given.' }),
    }),
  },
  {
    description: 'Makes a key. Needs the scope `admin`.',
    errors: { types: [ValidationError] },
    resolve: (_root, { input: { expiresAt, ...input } }, ctx) =>
      createApiKey(ctx.caller, { ...input, expiresAt: expiresAt ?? null }),
  },
  {
    description: 'The key was made.',
    outputFields: (t) => ({
      apiKey: t.expose('apiKey', { type: ApiKey, description: 'What is kept of it.' }),
      secret: t.exposeString('secret', { description: 'The key itself, `ak_…`, shown this once.' }),
    }),
  },
);

/** A payload that holds a key as it is now. */
const keyPayload = (description: string) => ({
  description,
  outputFields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, { apiKey: ApiKeyRow }>) => ({
    apiKey: t.expose('apiKey', { type: ApiKey, description: 'As it is now.' }),
  }),
});

builder.relayMutationField(
  'updateApiKey',
  {
    description: 'What is to change of a key; what is not given stays. Its scopes are for good.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: idDescription }),
      name: t.string({ description: nameDescription }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'From when on it is refused, in the future; null: never. A key that has expired opens again.',
      }),
    }),
  },
  {
    description: 'Renames a key, or changes its end. Needs the scope `admin`.',
    errors: { types: [ValidationError, NotFoundError] },
    resolve: async (_root, { input: { id, ...change } }, ctx) => ({
      apiKey: await updateApiKey(ctx.caller, id, change),
    }),
  },
  keyPayload('The key was changed.'),
);

builder.relayMutationField(
  'revokeApiKey',
  {
    description: 'Which key is to be revoked.',
    inputFields: (t) => ({ id: t.id({ required: true, description: idDescription }) }),
  },
  {
    description:
      'Makes a key useless from now on, and closes what was opened with it within seconds. Again: no change. ' +
      'Needs the scope `admin`.',
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input: { id } }, ctx) => ({ apiKey: await revokeApiKey(ctx.caller, id) }),
  },
  keyPayload('The key opens nothing any more.'),
);
