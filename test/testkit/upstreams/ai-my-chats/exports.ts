import { type Answer, type Handle, isRecord, json, toSecond } from '../answer.ts';
import type { AiMyChatsConversation, AiMyChatsConversations } from './store.ts';
import { errorAnswer, invalid, notFound, readBody, readDay, whole } from './wire.ts';

const FORMATS = ['pdf', 'csv', 'json', 'jsonl'] as const;
const KEPT_MS = 7 * 86_400_000;
const CONTENT_TYPES = {
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
};

type Export = {
  readonly id: string;
  readonly format: (typeof FORMATS)[number];
  readonly createdAt: Date;
  readonly bytes: Buffer;
};

export type ExportOptions = {
  readonly conversations: AiMyChatsConversations;
  readonly origin: string;
  /** From creation to `completed`, by the clock. */
  readonly exportDelayMs: number;
  readonly now: () => Date;
};

export function exportRoutes({ conversations, origin, exportDelayMs, now }: ExportOptions) {
  const exports = new Map<string, Export>();
  const stateOf = ({ createdAt }: Export) => {
    const ageMs = now().getTime() - createdAt.getTime();
    return ageMs < exportDelayMs ? 'processing' : ageMs < KEPT_MS ? 'completed' : 'expired';
  };

  const routes: Record<string, Handle> = {
    'POST /exports': ({ request }) => {
      const { format, filters = {} } = readBody(request);
      const known = FORMATS.find((each) => each === format);
      if (!known) throw invalid({ format: [`Format must be one of ${FORMATS.join(', ')}`] });
      if (!isRecord(filters)) throw invalid({ filters: ['Filters must be an object'] });
      const from = readDay(filters['date_from'], 'date_from', invalid);
      const to = readDay(filters['date_to'], 'date_to', invalid);
      const chosen = conversations.all().filter(({ created_at }) => {
        const day = created_at.slice(0, 10);
        return (from === null || day >= from) && (to === null || day <= to);
      });
      const bytes = Buffer.from(write(known, chosen, origin));
      const made: Export = { id: `export_${exports.size + 1}`, format: known, createdAt: now(), bytes };
      exports.set(made.id, made);
      return json(202, { id: made.id, status: 'processing', format: known, created_at: toSecond(made.createdAt) });
    },
    'GET /exports/:id': (_, id) => {
      const found = exports.get(id);
      if (!found) throw notFound('Export');
      const { format, createdAt, bytes } = found;
      const status = stateOf(found);
      const created_at = toSecond(createdAt);
      const expires_at = toSecond(new Date(createdAt.getTime() + KEPT_MS));
      if (status === 'processing') return json(200, { id, status, format, created_at });
      if (status === 'expired') return json(200, { id, status, format, expires_at, created_at });
      const size_mb = Math.round((bytes.length / 1_048_576) * 10) / 10;
      const download_url = `${origin}/storage/exports/${id}.${format}`;
      return json(200, { id, status, format, size_mb, download_url, expires_at, created_at });
    },
  };

  return {
    routes,
    download(filename: string): Answer {
      const found = exports.get(filename.split('.')[0] ?? '');
      if (!found || stateOf(found) !== 'completed' || filename !== `${found.id}.${found.format}`) {
        return errorAnswer(404, 'File not found');
      }
      return { status: 200, headers: { 'Content-Type': CONTENT_TYPES[found.format] }, body: found.bytes };
    },
  };
}

function write(format: Export['format'], chosen: readonly AiMyChatsConversation[], origin: string): string {
  const items = chosen.map((each) => whole(each, origin, true));
  switch (format) {
    case 'json':
      return JSON.stringify({ conversations: items });
    case 'jsonl':
      return items.map((item) => `${JSON.stringify(item)}\n`).join('');
    case 'csv': {
      const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const rows = items.map((item) => [item.id, item.created_at, item.source, item.title, item.content].map(cell));
      return ['id,created_at,source,title,content', ...rows.map((row) => row.join(','))].join('\n');
    }
    case 'pdf':
      return writePdf(items.map(({ id, title }) => `${id}  ${title}`));
  }
}

/** One page with these lines; what is not ASCII shows as a question mark. */
function writePdf(lines: readonly string[]): string {
  const text = lines.map((line) => `(${line.replace(/[^ -~]/g, '?').replace(/[\\()]/g, '\\$&')}) '`).join('\n');
  const stream = `BT /F1 10 Tf 14 TL 40 800 Td\n${text}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return `${file}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
}
