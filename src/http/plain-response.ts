import type { ServerResponse } from 'node:http';

/** What is read and written of an answer's header fields, whichever kind of answer it is. */
export type HeaderFields = Pick<Headers, 'get' | 'has' | 'set' | 'append'>;

/**
 * An answer whose body is whole, made as a `Response` is: it is written to the connection at once, where a `Response`
 * takes a stream to hold its body and another read of it to get it back.
 */
export class PlainResponse {
  readonly status: number;
  readonly headers = new PlainHeaders();
  /** A stream where whoever made it had one: such an answer is to be sent as a `Response`. */
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream | null;

  constructor(
    body: PlainResponse['body'] = null,
    { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ) {
    this.status = status;
    this.body = body;
    for (const [name, value] of Object.entries(headers)) this.headers.set(name, value);
  }

  toResponse(): Response {
    return new Response(this.body, { status: this.status, headers: [...this.headers] });
  }
}

class PlainHeaders implements HeaderFields, Iterable<[string, string]> {
  readonly #fields = new Map<string, string>();

  get(name: string): string | null {
    return this.#fields.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#fields.set(name.toLowerCase(), value);
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const former = this.#fields.get(key);
    this.#fields.set(key, former === undefined ? value : `${former}, ${value}`);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#fields.entries();
  }
}

/** Any answer. */
export type Answer = Response | PlainResponse;

/** As whoever is not on a connection takes it. */
export function toResponse(answer: Answer): Response {
  return answer instanceof PlainResponse ? answer.toResponse() : answer;
}

/** Writes an answer whose body is no stream. */
export function writePlain({ status, headers, body }: PlainResponse, outgoing: ServerResponse): void {
  const whole = body as string | Uint8Array | null;
  const fields: Record<string, string | number> = Object.fromEntries(headers);
  if (whole !== null) fields['content-length'] = Buffer.byteLength(whole);
  outgoing.writeHead(status, fields);
  // Text goes out with the head in one write.
  outgoing.end(whole);
}
