import type { EgressError } from '../../lib/egress/egress.ts';
import { isRecord } from '../../lib/json.ts';
import { redact } from '../../lib/secrets/redact.ts';

/**
 * REJECTED: any other 4xx, in the upstream's words. UNREADABLE: an answer came that is not what the API promises (not
 * JSON, cut short, too large, a redirect). UNAVAILABLE: 5xx, or failing so much that it is not asked for a while.
 * RATE_LIMITED: 429, or the share of the limit that may be spent is spent. ABORTED: given up by the caller. LOCKED: not
 * sent, since this process cannot decrypt the account's key.
 */
export type UpstreamFailureKind =
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'REJECTED'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'UNREADABLE'
  | 'TIMEOUT'
  | 'NETWORK'
  | 'ABORTED'
  | 'LOCKED';

/** UNKNOWN: a write that the upstream may have received, without an answer that settles what became of it. */
export type UpstreamOutcome = 'NOT_APPLIED' | 'UNKNOWN';

export type UpstreamFailureDetails = {
  kind: UpstreamFailureKind;
  /** Fit for a user; holds no credentials. */
  message: string;
  /** Null where no answer came. */
  httpStatus?: number | null;
  /** When trying again may help; null where unknown. */
  retryAfterMs?: number | null;
  outcome?: UpstreamOutcome;
  /** The upstream's own code, such as `validation_error`. */
  code?: string | null;
  /** What the upstream says of single fields of the request. */
  fields?: Record<string, string[]> | null;
  cause?: unknown;
};

/** The one error of everything that speaks to an upstream. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: UpstreamFailureKind;
  readonly httpStatus: number | null;
  readonly retryAfterMs: number | null;
  readonly outcome: UpstreamOutcome;
  readonly code: string | null;
  readonly fields: Record<string, string[]> | null;
  /** The API that it is a failure of, by its provider's name; null where a client alone was asked. */
  provider: string | null = null;
  /** The connected account whose key was refused, and that key as it is kept; null otherwise. */
  refusedKey: { upstreamId: string; apiKeyCipher: string } | null = null;

  constructor(details: UpstreamFailureDetails) {
    super(details.message, { cause: details.cause });
    this.kind = details.kind;
    this.httpStatus = details.httpStatus ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.outcome = details.outcome ?? 'NOT_APPLIED';
    this.code = details.code ?? null;
    this.fields = details.fields ?? null;
  }
}

export type FailureContext = {
  /** The upstream's name for messages, `AI My Chats`. */
  name: string;
  /** Taken out of whatever the upstream says. */
  apiKey: string;
  isWrite: boolean;
};

/** A call that ended without a whole answer. `httpStatus`: where at least the headers came. */
export function failureWithoutAnswer(error: EgressError, context: FailureContext, httpStatus: number | null = null) {
  const { name, isWrite } = context;
  const outcome: UpstreamOutcome = isWrite && error.requestSent ? 'UNKNOWN' : 'NOT_APPLIED';
  const common = { httpStatus, outcome, cause: error };
  switch (error.kind) {
    case 'TIMEOUT':
      return new UpstreamFailure({ ...common, kind: 'TIMEOUT', message: `${name} did not answer in time` });
    case 'TOO_LARGE':
      return new UpstreamFailure({ ...common, kind: 'UNREADABLE', message: `${name} sent more than can be read` });
    case 'ABORTED':
      return new UpstreamFailure({ ...common, kind: 'ABORTED', message: `The call to ${name} was given up` });
    case 'REFUSED_ADDRESS':
      return new UpstreamFailure({ ...common, kind: 'NETWORK', message: `${name}: ${error.message}` });
    default: {
      if (httpStatus !== null) {
        return new UpstreamFailure({ ...common, kind: 'UNREADABLE', message: `${name}'s answer was cut short` });
      }
      const reason = { DNS: 'its name was not found', TLS: 'no secure connection', CONNECT: 'no connection' };
      const why = error.kind === 'RESET' ? 'the connection broke' : reason[error.kind];
      return new UpstreamFailure({ ...common, kind: 'NETWORK', message: `${name} could not be reached: ${why}` });
    }
  }
}

/** An answer whose status is not 2xx. `body`: its JSON, or undefined where it was none. */
export function failureFromStatus(
  httpStatus: number,
  body: unknown,
  retryAfterMs: number | null,
  context: FailureContext,
): UpstreamFailure {
  const { name } = context;
  const said = readErrorBody(body, context.apiKey);
  const kind = kindOf(httpStatus);
  const message = {
    UNAUTHORIZED: `${name} does not accept the API key`,
    FORBIDDEN: `${name} does not allow this with the API key${said.message ? `: ${said.message}` : ''}`,
    NOT_FOUND: said.message ? `${name}: ${said.message}` : `${name} does not know it`,
    REJECTED: said.message ? `${name}: ${said.message}` : `${name} refused the request with status ${httpStatus}`,
    RATE_LIMITED: `${name} asks for a pause: too many requests`,
    UNAVAILABLE: `${name} is not available: status ${httpStatus}`,
    UNREADABLE: `${name} answered with status ${httpStatus}, which its API does not use`,
  }[kind];
  const outcome: UpstreamOutcome = context.isWrite && isAmbiguous(httpStatus) ? 'UNKNOWN' : 'NOT_APPLIED';
  return new UpstreamFailure({
    kind,
    message,
    httpStatus,
    retryAfterMs,
    outcome,
    code: said.code,
    fields: said.fields,
  });
}

/** A 2xx answer that does not hold what it should. */
export function unreadable(context: FailureContext, httpStatus: number, why: string, cause?: unknown) {
  const outcome: UpstreamOutcome = context.isWrite ? 'UNKNOWN' : 'NOT_APPLIED';
  const message = `${context.name}'s answer could not be read: ${why}`;
  return new UpstreamFailure({ kind: 'UNREADABLE', message, httpStatus, outcome, cause });
}

type StatusKind = Exclude<UpstreamFailureKind, 'TIMEOUT' | 'NETWORK' | 'ABORTED' | 'LOCKED'>;

function kindOf(status: number): StatusKind {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  if (status >= 500) return 'UNAVAILABLE';
  return status >= 400 ? 'REJECTED' : 'UNREADABLE';
}

/** A server error may come from a proxy before or after the write; 302 and 303 are how some answer a done write. */
function isAmbiguous(status: number): boolean {
  return (status >= 500 && status !== 501) || status === 302 || status === 303 || status < 200;
}

type SaidError = { message: string | null; code: string | null; fields: Record<string, string[]> | null };

/** Both APIs' error bodies: `{"error":{"code","message","details":{"fields"}}}` and `{"error":"what is wrong"}`. */
function readErrorBody(body: unknown, apiKey: string): SaidError {
  const { error = body } = isRecord(body) ? body : {};
  if (typeof error === 'string') return { message: redact(error, apiKey), code: null, fields: null };
  if (!isRecord(error)) return { message: null, code: null, fields: null };
  const { message, code, details } = error;
  const { fields: given } = isRecord(details) ? details : {};
  const fields = Object.entries(isRecord(given) ? given : {})
    .slice(0, 50)
    .map(([name, said]): [string, string[]] => {
      const texts = (Array.isArray(said) ? said : [said]).filter((text) => typeof text === 'string');
      return [name.slice(0, 100), texts.slice(0, 10).map((text) => redact(text, apiKey))];
    });
  return {
    message: typeof message === 'string' ? redact(message, apiKey) : null,
    code: typeof code === 'string' ? code.slice(0, 100) : null,
    fields: fields.length > 0 ? Object.fromEntries(fields) : null,
  };
}
