export type PutOptions = {
  /** The stream is refused once it passes this many bytes. */
  maxBytes?: number | undefined;
  /** Kept with the file where the storage can (S3). */
  contentType?: string | undefined;
  signal: AbortSignal;
};

/** `start` and `end` are byte positions, both included, as in an HTTP range; both must lie within the file. */
type OpenOptions = { start?: number | undefined; end?: number | undefined; signal: AbortSignal };

/** `sha256` is in hex. */
export type StoredFile = { sizeBytes: number; sha256: string };

/** `sizeBytes` is the whole file's, whatever part of it is read. Cancelling the stream frees what it holds. */
export type OpenedFile = { stream: ReadableStream<Uint8Array>; sizeBytes: number };

export type ListedFile = { key: string; sizeBytes: number; modifiedAt: Date };

/**
 * Where files are kept. Keys are made by the gateway, never by a client: see {@link checkKey}.
 * A key is written once: a `put` that fails leaves nothing under it.
 */
export type FileStorage = {
  /**
   * Writes a stream under a key, whole or not at all, with memory that does not grow with its length.
   * A chunk may be reused by its producer once the next one has been asked for.
   * @throws FileTooLargeError, StorageFullError, StorageUnavailableError, the signal's reason, or the stream's own error
   */
  put(key: string, stream: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredFile>;
  /** @throws FileNotFoundError, StorageUnavailableError, RangeError where the range lies outside the file */
  open(key: string, options: OpenOptions): Promise<OpenedFile>;
  /** Removes a file; one that is not there is no error. @throws StorageUnavailableError */
  remove(key: string, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Every file whose key begins with `prefix`, in no order. Files written meanwhile may be missing. */
  list(prefix: string, options?: { signal?: AbortSignal | undefined }): AsyncIterable<ListedFile>;
  close(): Promise<void>;
};

/** Removes files one after the other; one that is gone already is no error. @throws StorageUnavailableError */
export async function removeFiles(storage: FileStorage, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (const key of keys) {
    signal.throwIfAborted();
    await storage.remove(key);
  }
}
