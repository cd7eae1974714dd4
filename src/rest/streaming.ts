/**
 * A body that is made as it is read, and no more than is read: its source waits where the reader does, and ends where
 * the reader leaves. The first chunk is made at once, so that a failure then can still be answered as one; a later one
 * breaks the connection, and the reader sees that the body is not whole.
 */
export async function toBody(source: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const chunks = source[Symbol.asyncIterator]();
  let ahead: IteratorResult<Uint8Array> | null = await chunks.next();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const { done, value } = ahead ?? (await chunks.next());
        ahead = null;
        if (done === true) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      },
      cancel: async () => {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
