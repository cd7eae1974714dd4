/** Why an outgoing call failed. RESET: the connection broke, or what came over it was not HTTP. */
export type EgressErrorKind =
  | 'REFUSED_ADDRESS'
  | 'DNS'
  | 'CONNECT'
  | 'TLS'
  | 'TIMEOUT'
  | 'RESET'
  | 'TOO_LARGE'
  | 'ABORTED';

/**
 * An outgoing call that gave no whole answer.
 * `requestSent` is false only where no byte of the request can have reached the peer: a write that failed so was
 * certainly not applied. The message names the host at most, never a path, a query or a header.
 */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly kind: EgressErrorKind;
  readonly requestSent: boolean;

  constructor(kind: EgressErrorKind, message: string, options: { requestSent?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.requestSent = options.requestSent ?? false;
  }
}

const dnsCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA', 'ESERVFAIL']);
const timeoutCodes = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ETIMEOUT',
]);
const tlsCode = /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|^EPROTO$|^INVALID_(CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^PATH_LENGTH/;

/**
 * Puts whatever the network or the HTTP client threw into an EgressError; those pass unchanged but for `requestSent`.
 * `isConnected`: the failing request had its socket; `isSent`: it, or one that led to it by redirect, may have left.
 */
export function toEgressError(
  error: unknown,
  host: string,
  progress: { isConnected: boolean; isSent: boolean },
): EgressError {
  const { isConnected, isSent: requestSent } = progress;
  if (error instanceof EgressError) {
    return error.requestSent === requestSent || !requestSent
      ? error
      : new EgressError(error.kind, error.message, { requestSent, cause: error.cause });
  }
  const code = codeOf(error);
  const options = { requestSent, cause: error };
  if (dnsCodes.has(code)) return new EgressError('DNS', `The name ${host} could not be resolved`, options);
  if (timeoutCodes.has(code)) {
    return new EgressError(
      'TIMEOUT',
      `${host} did not ${isConnected ? 'answer' : 'accept a connection'} in time`,
      options,
    );
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new EgressError('TOO_LARGE', `${host} sent too much`, options);
  }
  if (tlsCode.test(code)) return new EgressError('TLS', `No secure connection to ${host}: ${code}`, options);
  if (!isConnected) return new EgressError('CONNECT', `No connection to ${host}${code ? `: ${code}` : ''}`, options);
  return new EgressError('RESET', `The connection to ${host} broke before the whole answer had come`, options);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses tried and all refused: an AggregateError, whose first member says why.
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return '';
}
