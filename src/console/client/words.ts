import type { CombinedError } from '@urql/core';

/** What is said of a failure: what is wrong, and by which fields, where it is of some. */
export type Problem = { message: string; fields: Record<string, string> };

/** A member of a mutation's union, as `Failure` asks for it. */
type UnionMember = {
  __typename: string;
  message?: string;
  fields?: { field: string; messages: string[] }[];
  outcome?: 'NOT_APPLIED' | 'UNKNOWN';
  retryAfterMs?: number | null;
  usedBytes?: number;
  limitBytes?: number;
};

const awayMessage = 'The gateway does not answer. What you did was not sent; try again when it is back.';

/** A top-level error in words; `code` is the graph's `extensions.code`. */
export function explainCode(code: string, message: string, extensions: Record<string, unknown> = {}): string {
  switch (code) {
    case 'UNAUTHORIZED':
      return 'This key is not valid, or not any more. Sign in with another one.';
    case 'FORBIDDEN':
      return `This key may not do that. ${message}`;
    case 'RATE_LIMIT_EXCEEDED': {
      const seconds = Number(extensions['retryAfterSeconds'] ?? Number.NaN);
      const when = Number.isFinite(seconds) ? `in ${seconds} s` : 'in a minute';
      return `Too many requests were made with this account. Try again ${when}.`;
    }
    case 'SERVICE_UNAVAILABLE':
      return 'The gateway cannot reach its database or its storage now. Try again in a moment.';
    case 'INTERNAL_ERROR': {
      const id = extensions['requestId'];
      return `Something went wrong in the gateway.${typeof id === 'string' ? ` Its log tells more under ${id}.` : ''}`;
    }
    default:
      return message;
  }
}

export function codeOf(error: CombinedError): string | null {
  const code = error.graphQLErrors[0]?.extensions['code'];
  return typeof code === 'string' ? code : null;
}

/** Whether nobody answered, rather than somebody who refused. */
export function isAway(error: CombinedError): boolean {
  if (error.networkError === undefined) return false;
  const status = (error.response as Response | undefined)?.status;
  return status === undefined || status === 502 || status === 503 || status === 504;
}

export function explainError(error: CombinedError): string {
  const first = error.graphQLErrors[0];
  if (first !== undefined) {
    return explainCode(String(first.extensions['code'] ?? ''), first.message, first.extensions);
  }
  return isAway(error) ? awayMessage : `The gateway answered with something unexpected: ${error.message}`;
}

/** The name of a field as a form knows it: of `input.title`, `title`; of `input.messages.0.content`, `messages`. */
function formField(path: string): string {
  return path.replace(/^input\./, '').split('.')[0] ?? path;
}

/** A union's member that is not the payload, in words and by field. */
export function explainFailure(failure: UnionMember): Problem {
  const fields: Record<string, string> = {};
  for (const { field, messages } of failure.fields ?? []) fields[formField(field)] = messages.join('. ');
  const message = failure.message ?? 'It could not be done';
  if (failure.__typename === 'UpstreamError' && failure.outcome === 'UNKNOWN') {
    return { fields, message: `${message} The gateway finds out by itself whether it was done.` };
  }
  if (failure.__typename === 'UpstreamError' && typeof failure.retryAfterMs === 'number') {
    return { fields, message: `${message} It may be tried again in ${Math.ceil(failure.retryAfterMs / 1_000)} s.` };
  }
  return { fields, message };
}

/** Why a mutation gave no payload: `failure` is what it gave in place of one, `error` what came in place of an answer. */
export function problemOf(failure: UnionMember | undefined, error: CombinedError | undefined): Problem {
  if (failure !== undefined) return explainFailure(failure);
  return { fields: {}, message: error === undefined ? 'The gateway answered with nothing.' : explainError(error) };
}
