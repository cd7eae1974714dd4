import { openAsBlob } from 'node:fs';
import { isRecord } from '../../lib/json.ts';
import { type Spool, type SpoolFault, spoolForm } from '../../lib/uploads/spool.ts';
import { graphqlLimits } from './limits.ts';
import { parseJson, parseParams, type RequestParams, requestError } from './params.ts';

export type UploadOptions = {
  /** A longer file is cut one byte past it, and refused by whoever reads its size. */
  maxFileBytes: number;
  /** Where files wait until their operation has run. */
  folder: string;
};

/** Beside `operations` and `map`, which are all that is read. */
const maxFields = 8;

/** What requests brought, to be removed once they are answered. */
const spools = new WeakMap<Request, Spool>();

/** Removes the files that a request brought. */
export async function removeUploads(request: Request): Promise<void> {
  await spools.get(request)?.[Symbol.asyncDispose]();
}

/**
 * Reads a request of the GraphQL multipart specification. Files may be used in any order; each is a `File` that reads
 * from the disk.
 * @throws GraphQLError with the HTTP status
 */
export async function readMultipart(
  request: Request,
  options: UploadOptions,
): Promise<RequestParams | RequestParams[]> {
  if (request.body === null) throw requestError(400, 'The body is empty');
  const spool = await spoolForm(request, request.body, {
    folder: options.folder,
    limits: {
      bodyBytes: graphqlLimits.files * options.maxFileBytes + 2 * graphqlLimits.bodyBytes,
      files: graphqlLimits.files,
      fileBytes: options.maxFileBytes,
      fields: maxFields,
      fieldBytes: graphqlLimits.bodyBytes,
    },
    refusal: (fault, field) => requestError(...refusals[fault](field)),
  });
  spools.set(request, spool);

  const operations = spool.fields.get('operations');
  const map = spool.fields.get('map');
  if (operations === undefined || map === undefined) {
    throw requestError(400, 'A multipart request needs the fields "operations" and "map", then the files');
  }
  const params = parseParams(operations);
  const files = new Map<string, File>();
  for (const { field, filename, type, path } of spool.files) {
    files.set(field, new File([await openAsBlob(path, { type })], filename, { type }));
  }
  place(params, parseJson(map, '"map"'), files);
  return params;
}

const refusals: Record<SpoolFault, (field: string) => [status: number, message: string]> = {
  boundary: () => [400, 'The multipart body cannot be read: its boundary is missing'],
  malformed: () => [400, 'The multipart body is malformed'],
  bodyBytes: () => [413, 'The body is longer than the files that a request may bring'],
  files: () => [413, `A request may bring ${graphqlLimits.files} files at most`],
  fields: () => [400, 'The multipart body has too many fields'],
  fieldBytes: (field) => [413, `"${field}" is larger than ${graphqlLimits.bodyBytes} bytes`],
};

/** Puts the files where the map says, which must be nulls that are there: nothing is added to any object. */
function place(params: RequestParams | RequestParams[], map: unknown, files: ReadonlyMap<string, File>): void {
  if (!isRecord(map)) throw requestError(400, '"map" must be a JSON object of lists of paths');
  for (const [field, paths] of Object.entries(map)) {
    const file = files.get(field);
    if (file === undefined) throw requestError(400, `"map" names the file "${field}", which is not in the request`);
    if (!Array.isArray(paths)) throw requestError(400, '"map" must be a JSON object of lists of paths');
    for (const given of paths) {
      const steps = String(given).split('.');
      const last = steps.pop() ?? '';
      let target: unknown = params;
      for (const step of steps) target = own(target, step);
      if (typeof target !== 'object' || target === null || own(target, last) !== null) {
        throw requestError(400, `"map" has the path "${String(given)}", where "operations" has no null`);
      }
      Object.assign(target, { [last]: file });
    }
  }
}

function own(target: unknown, key: string): unknown {
  if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
  return Object.getOwnPropertyDescriptor(target, key)?.value;
}
