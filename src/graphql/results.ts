import {
  ConflictError,
  type DomainError,
  NotFoundError,
  QuotaExceededError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../domain/errors.ts';
import { builder } from './builder.ts';
import { ProviderEnum, UpstreamOutcomeEnum } from './enums.ts';

/** Expected failures, told as data: the members of mutations' answers. */

const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description:
    'An expected failure, told as data. Each mutation answers with its payload or with one of these. A missing or bad ' +
    'key, a missing scope, a rate limit and a fault of the server are top-level errors instead, with ' +
    '`extensions.code`: UNAUTHORIZED, FORBIDDEN, RATE_LIMIT_EXCEEDED, BAD_REQUEST, INTERNAL_ERROR, SERVICE_UNAVAILABLE.',
  fields: (t) => ({ message: t.exposeString('message', { description: 'What is wrong and what to do, in words.' }) }),
});
const interfaces = [ErrorInterface];

const FieldError = builder.objectRef<{ field: string; messages: string[] }>('FieldError').implement({
  description: 'What is wrong with one field of the input.',
  fields: (t) => ({
    field: t.exposeString('field', { description: "The input field's path, `input.title`." }),
    messages: t.exposeStringList('messages', { description: 'Each thing that is wrong with it.' }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input is not one that can be taken.',
  interfaces,
  fields: (t) => ({
    fields: t.field({
      type: [FieldError],
      description: 'What is wrong with each field of the input that cannot be taken.',
      resolve: (err) => Object.entries(err.fields).map(([field, messages]) => ({ field: `input.${field}`, messages })),
    }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: "There is no such thing, or it is another tenant's: the two read the same.",
  interfaces,
});

builder.objectType(UnsupportedError, {
  name: 'UnsupportedError',
  description: 'The API that the conversation lives in cannot do this; `Conversation.capabilities` says so before.',
  interfaces,
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderEnum, description: 'The API that cannot do it.' }),
  }),
});

builder.objectType(QuotaExceededError, {
  name: 'QuotaExceededError',
  description: "It does not fit into the tenant's storage.",
  interfaces,
  fields: (t) => ({
    usedBytes: t.expose('usedBytes', { type: 'SafeInt', description: 'What the tenant stores now, in bytes.' }),
    limitBytes: t.expose('limitBytes', { type: 'SafeInt', description: 'What it may store, in bytes.' }),
  }),
});

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'The same idempotency key came before, with another request.',
  interfaces,
});

builder.objectType(UpstreamError, {
  name: 'UpstreamError',
  description: 'The upstream did not do it, or did not say that it did.',
  interfaces,
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderEnum, description: 'The API that was asked.' }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: "The status of the upstream's answer; null where there was none.",
    }),
    outcome: t.expose('outcome', { type: UpstreamOutcomeEnum, description: 'What became of the write.' }),
    retryAfterMs: t.exposeInt('retryAfterMs', {
      nullable: true,
      description: 'In how many milliseconds to try again, where the upstream said so.',
    }),
  }),
});
