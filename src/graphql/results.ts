import type { ImplementableObjectRef, ObjectRef } from '@pothos/core';
import {
  ConflictError,
  type DomainError,
  NotFoundError,
  QuotaExceededError,
  UnsupportedError,
  UpstreamError,
  ValidationError,
} from '../domain/errors.ts';
import { builder, type Types } from './builder.ts';
import { ProviderEnum, UpstreamOutcomeEnum } from './enums.ts';

/** Expected failures, told as data: the members of mutations' answers. */

const message = 'What is wrong and what to do, in words.';

/** A failure as a resolver answers it: graphql-js throws every Error that it is given. */
type Failure<Err extends DomainError> = { failure: Err };

const ErrorInterface = builder.interfaceRef<Failure<DomainError>>('Error').implement({
  description:
    'An expected failure, told as data. Each mutation answers with its payload or with one of these. A missing or bad ' +
    'key, a missing scope, a rate limit and a fault of the server are top-level errors instead, with ' +
    '`extensions.code`: UNAUTHORIZED, FORBIDDEN, RATE_LIMIT_EXCEEDED, BAD_REQUEST, INTERNAL_ERROR, SERVICE_UNAVAILABLE.',
  fields: (t) => ({ message: t.string({ description: message, resolve: ({ failure }) => failure.message }) }),
});

const FieldError = builder.objectRef<{ field: string; messages: string[] }>('FieldError').implement({
  description: 'What is wrong with one field of the input.',
  fields: (t) => ({
    field: t.exposeString('field', { description: "The input field's path, `input.title`." }),
    messages: t.exposeStringList('messages', { description: 'Each thing that is wrong with it.' }),
  }),
});

const ValidationErrorType = builder.objectRef<Failure<ValidationError>>('ValidationError').implement({
  description: 'The input is not one that can be taken.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({
      type: [FieldError],
      description: 'By field.',
      resolve: ({ failure }) =>
        Object.entries(failure.fields).map(([field, messages]) => ({ field: `input.${field}`, messages })),
    }),
  }),
});

const NotFoundErrorType = builder.objectRef<Failure<NotFoundError>>('NotFoundError').implement({
  description: "There is no such thing, or it is another tenant's: the two read the same.",
  interfaces: [ErrorInterface],
});

const UnsupportedErrorType = builder.objectRef<Failure<UnsupportedError>>('UnsupportedError').implement({
  description: 'The API that the conversation lives in cannot do this; `Conversation.capabilities` says so before.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, description: 'That API.', resolve: ({ failure }) => failure.provider }),
  }),
});

const QuotaExceededErrorType = builder.objectRef<Failure<QuotaExceededError>>('QuotaExceededError').implement({
  description: "It does not fit into the tenant's storage.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    usedBytes: t.field({ type: 'SafeInt', description: 'Stored now.', resolve: ({ failure }) => failure.usedBytes }),
    limitBytes: t.field({
      type: 'SafeInt',
      description: 'What may be stored.',
      resolve: ({ failure }) => failure.limitBytes,
    }),
  }),
});

const ConflictErrorType = builder.objectRef<Failure<ConflictError>>('ConflictError').implement({
  description: 'The same idempotency key came before, with another request.',
  interfaces: [ErrorInterface],
});

const UpstreamErrorType = builder.objectRef<Failure<UpstreamError>>('UpstreamError').implement({
  description: 'The upstream did not do it, or did not say that it did.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, description: 'Which API.', resolve: ({ failure }) => failure.provider }),
    httpStatus: t.int({
      nullable: true,
      description: 'Its answer; null where there was none.',
      resolve: ({ failure }) => failure.httpStatus,
    }),
    outcome: t.field({
      type: UpstreamOutcomeEnum,
      description: 'What became of the write.',
      resolve: ({ failure }) => failure.outcome,
    }),
    retryAfterMs: t.int({
      nullable: true,
      description: 'When to try again, where it said so.',
      resolve: ({ failure }) => failure.retryAfterMs,
    }),
  }),
});

const errorTypes = {
  ValidationError: { type: ValidationErrorType, is: ValidationError },
  NotFoundError: { type: NotFoundErrorType, is: NotFoundError },
  UnsupportedError: { type: UnsupportedErrorType, is: UnsupportedError },
  QuotaExceededError: { type: QuotaExceededErrorType, is: QuotaExceededError },
  ConflictError: { type: ConflictErrorType, is: ConflictError },
  UpstreamError: { type: UpstreamErrorType, is: UpstreamError },
} as const;

export type ResultErrorName = keyof typeof errorTypes;

/**
 * The answer of a mutation: `XPayload`, or one of the failures it may tell as data.
 * `attempt` runs the mutation; a failure that is not named becomes a top-level error.
 */
export function resultOf<Payload extends object>(
  mutation: string,
  payload: ImplementableObjectRef<Types, Payload> | ObjectRef<Types, Payload>,
  errors: readonly ResultErrorName[],
) {
  const payloadName = `${mutation}Payload`;
  const type = builder.unionType(`${mutation}Result`, {
    description: `\`${payloadName}\`, or why there is none.`,
    types: [payload, ...errors.map((name) => errorTypes[name].type)] as never,
    resolveType: (value: object) =>
      ('failure' in value && errors.find((name) => value.failure instanceof errorTypes[name].is)) || payloadName,
  });
  const attempt = async (run: () => Promise<Payload>): Promise<never> => {
    try {
      return (await run()) as never;
    } catch (err) {
      if (errors.some((name) => err instanceof errorTypes[name].is)) return { failure: err } as never;
      throw err;
    }
  };
  return { type, attempt };
}
