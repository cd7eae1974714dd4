/** What comes, until it is more than `maxBytes`. @throws what `tooLong` makes */
export async function* bounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong();
    yield chunk;
  }
}
