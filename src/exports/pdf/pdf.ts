import { createBreather } from '../chunks.ts';
import type { ExportedConversation, ExportMeta } from '../records.ts';
import { createBody } from './body.ts';
import { createContents, drawTitlePage } from './front.ts';
import { createPagedDocument } from './pages.ts';
import { formatMonth } from './styles.ts';

const chunkBytes = 64 * 1024;

/**
 * A PDF to read and print: a title page with the figures and the filter, a table of contents, and each conversation
 * with its summary and messages; bookmarks by month, text that can be selected, in the scripts that the fonts have
 * (Latin, Greek, Cyrillic, Arabic, Hebrew, Indic scripts, South-East Asian ones, Chinese, Japanese, Korean, emoji; a
 * frame with its number stands for a sign that they lack).
 *
 * `providerLabels`: names for people, by the records' `provider`.
 *
 * Pages are written as they fill. The contents stand before the conversations though they are drawn along with them:
 * their pages are counted in Roman numerals, so that no number depends on how many they are. What is kept of a
 * conversation once drawn is 8 bytes for each object it took.
 */
export async function* writePdf(
  conversations: AsyncIterable<ExportedConversation>,
  meta: ExportMeta,
  providerLabels: ReadonlyMap<string, string> = new Map(),
): AsyncGenerator<Uint8Array> {
  const document = createPagedDocument();
  const breathe = createBreather();
  await drawTitlePage(document, meta, providerLabels);
  const contents = createContents(document);
  const body = createBody(document, meta, providerLabels);
  for await (const conversation of conversations) {
    const { title, startedAt } = conversation;
    for await (const start of body.draw(conversation)) {
      if (start) {
        document.outline.add(formatMonth(startedAt), title, start.target);
        await contents.add({ title, startedAt, ...start });
      }
      const chunk = document.take(chunkBytes);
      if (chunk) yield chunk;
      await breathe();
    }
  }
  contents.end();
  body.end();
  await document.end({
    title: `Conversations of ${meta.tenantName}`,
    author: meta.tenantName,
    createdAt: meta.createdAt,
  });
  const rest = document.take(0);
  if (rest) yield rest;
}
