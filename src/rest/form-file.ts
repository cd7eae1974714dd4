import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { HTTPException } from 'hono/http-exception';
import { BadRequestError, ValidationError } from '../domain/errors.ts';
import { type SpoolFault, spoolForm } from '../lib/uploads/spool.ts';

const maxFields = 16;
const maxFieldBytes = 4_096;
/** What a form needs beside its file. */
const formOverheadBytes = 65_536;
/** Of a body that does not say how long it is, so many times the largest file is read. */
const readBeyond = 4;

/** A file that came in a form, kept on the disk until it is used: memory does not grow with it. */
type FormFile = AsyncDisposable & {
  /** As the field `filename` has it, or else the file itself. */
  filename: string;
  /** In hex. */
  sha256: string;
  open(): AsyncIterable<Uint8Array>;
};

type FormFileOptions = { folder: string; maxFileBytes: number };

/**
 * Reads the field `file` of a form. A file over the limit is cut one byte past it, for whoever counts to refuse.
 * @throws HTTPException 415 where it is no form; BadRequestError where it cannot be read; ValidationError where it has
 * no file, or is so long that its file must be too large
 */
export async function readFormFile(request: Request, options: FormFileOptions): Promise<FormFile> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(type)) throw new HTTPException(415);
  // Refused before the body is touched: Node drains only an unread one, and without that no client sees the answer.
  if (Number(request.headers.get('content-length') ?? 0) > options.maxFileBytes + formOverheadBytes) {
    throw tooLarge(options.maxFileBytes);
  }
  if (request.body === null) throw unreadable();
  const hash = createHash('sha256');
  const spool = await spoolForm(request, request.body, {
    folder: options.folder,
    limits: {
      bodyBytes: options.maxFileBytes * readBeyond + formOverheadBytes,
      files: 1,
      fileBytes: options.maxFileBytes,
      fields: maxFields,
      fieldBytes: maxFieldBytes,
    },
    isWanted: (field) => field === 'file',
    onBytes: (chunk) => hash.update(chunk),
    refusal: (fault) => refusalOf(fault, options.maxFileBytes),
  });
  const [file] = spool.files;
  if (file === undefined) {
    await spool[Symbol.asyncDispose]();
    throw new ValidationError({ file: ['File is required'] });
  }
  const named = spool.fields.get('filename') ?? '';
  return {
    filename: named.trim() === '' ? file.filename : named,
    sha256: hash.digest('hex'),
    open: () => createReadStream(file.path),
    [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose](),
  };
}

/** Fields that are too many or too long say nothing that is read. */
function refusalOf(fault: SpoolFault, maxFileBytes: number): Error | null {
  if (fault === 'bodyBytes') return tooLarge(maxFileBytes);
  return fault === 'boundary' || fault === 'malformed' ? unreadable() : null;
}

function tooLarge(maxFileBytes: number): ValidationError {
  return new ValidationError({ file: [`File must be at most ${Math.floor(maxFileBytes / 1_048_576)} MB`] });
}

function unreadable(): BadRequestError {
  const message = 'The body is not a readable form (multipart/form-data)';
  return new BadRequestError(message, { body: [message] });
}
