import { redact } from '../../lib/secrets/redact.ts';
import { cancelled, SummarizerError } from '../summarizer.ts';

const maxBodyBytes = 1024 * 1024;
const maxRetryAfterMs = 60 * 60 * 1000;

/** `apiKey` is null where the server asks for none. */
export type ChatServer = { baseUrl: string; apiKey: string | null; timeoutMs: number };

/**
 * Posts one chat completions request and gives the answer's text, at most 1 MiB of it. Redirects are not followed: the
 * key is for this server alone. @throws SummarizerError for every failure.
 */
export async function postChat(server: ChatServer, body: unknown, signal: AbortSignal): Promise<string> {
  const deadline = AbortSignal.timeout(server.timeoutMs);
  try {
    const res = await fetch(`${server.baseUrl.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      headers: {
        ...(server.apiKey !== null && { authorization: `Bearer ${server.apiKey}` }),
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, deadline]),
    });
    const text = await readCapped(res);
    if (!res.ok) throw refusedBy(res, text, server.apiKey);
    return text;
  } catch (err) {
    if (err instanceof SummarizerError) throw err;
    if (signal.aborted) throw cancelled(signal);
    if (deadline.aborted) {
      throw new SummarizerError('The summary service did not answer in time.', { retryable: true, cause: err });
    }
    throw new SummarizerError('The summary service could not be reached.', { retryable: true, cause: err });
  }
}

async function readCapped(res: Response): Promise<string> {
  if (res.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of res.body) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) {
      throw new SummarizerError('The summary service sent more than a summary can be.', { retryable: true });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusedBy(res: Response, text: string, apiKey: string | null): SummarizerError {
  const { status } = res;
  const cause = new Error(`HTTP ${status}: ${redact(text, apiKey)}`);
  const retryAfterMs = readRetryAfter(res.headers.get('retry-after'));
  if (status === 401 || status === 403) {
    return new SummarizerError('The summary service did not accept the key it was given.', { retryable: false, cause });
  }
  if (status === 404) {
    return new SummarizerError('The summary service does not know the address or the model it was asked for.', {
      retryable: false,
      cause,
    });
  }
  if (status === 429 && text.includes('insufficient_quota')) {
    return new SummarizerError('The summary service has no quota left.', { retryable: false, cause });
  }
  if (status === 429) {
    return new SummarizerError('The summary service is busy; it takes no more requests for now.', {
      retryable: true,
      retryAfterMs,
      cause,
    });
  }
  if (status === 408 || status >= 500) {
    return new SummarizerError('The summary service has a fault of its own.', { retryable: true, retryAfterMs, cause });
  }
  return new SummarizerError('The summary service did not accept the request.', { retryable: false, cause });
}

/** Seconds or an HTTP date, as milliseconds from now, an hour at most. */
function readRetryAfter(value: string | null): number | null {
  if (value === null || value.trim() === '') return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), maxRetryAfterMs);
}
