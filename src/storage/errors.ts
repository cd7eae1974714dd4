/** No file is kept under the key. */
export class FileNotFoundError extends Error {
  override readonly name = 'FileNotFoundError';
  readonly key: string;
  constructor(key: string, options?: ErrorOptions) {
    super(`There is no file "${key}"`, options);
    this.key = key;
  }
}

/** The stream went past the bytes allowed; what had been written of it is gone. */
export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** The disk or the bucket has no room left; what had been written of the file is gone. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
  constructor(options?: ErrorOptions) {
    super('The file storage has no room left', options);
  }
}

/** The storage answered with a fault, or not in time. `status` is its HTTP status, null where there was no answer. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
  readonly status: number | null;
  readonly code: string | null;
  constructor(message: string, details: { status: number | null; code: string | null }, options?: ErrorOptions) {
    super(message, options);
    this.status = details.status;
    this.code = details.code;
  }
}
