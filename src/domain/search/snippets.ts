import { createTermFinder } from '../../lib/text-search/find-terms.ts';
import { highlight } from '../../lib/text-search/highlight.ts';
import { type ParsedQuery, tellingTerms } from '../../lib/text-search/parse-query.ts';
import type { Caller } from '../app.ts';
import type { ConversationRow } from '../conversations/conversations.ts';
import { loadSummaries } from '../conversations/summaries.ts';

/** Text of messages in memory at once, of all the page's conversations; one message more may go over it. */
const roundBytes = 4_194_304;
const roundMessages = 500;
/** What is read of a conversation's messages in search of a better place than one that was found. */
const betterPlaceBytes = 1_048_576;

/** How much of a query a text holds. */
type Judge = { judge: (text: string) => number; complete: number };

/** The text with the most of the query so far, the first of equals. */
type Choice = { text: string; score: number };

type Reading = { row: ConversationRow; best: Choice; readBytes: number; position: number };

/**
 * The surroundings of each conversation's best match, as HTML, in the order of `rows`: escaped, with the words found
 * in `<mark>`. From the content or the first message that holds the most of the query, else from the summary or the
 * title; the beginning where nothing is found. Messages are read in their order, a few at a time, until one matches.
 */
export async function loadSnippets(
  caller: Caller,
  query: ParsedQuery,
  rows: readonly ConversationRow[],
): Promise<string[]> {
  const judge = createJudge(query);
  const readings = rows.map((row): Reading => {
    const best = { text: '', score: 0 };
    if (row.content !== null) offer(best, row.content, judge);
    return { row, best, readBytes: 0, position: -1 };
  });
  const unsettled = readings.filter(({ best }) => best.score < judge.complete);
  const others = await readOtherTexts(caller, unsettled, judge);
  await readMessages(caller, unsettled, others, judge);
  return readings.map(({ row, best }) => {
    const other = others.get(row.id);
    const chosen = other !== undefined && other.score > best.score ? other.text : best.text;
    return highlight(chosen === '' ? row.title : chosen, query);
  });
}

function createJudge({ wanted, symbols }: ParsedQuery): Judge {
  const terms = tellingTerms(wanted);
  const finder = createTermFinder(terms);
  if (terms.length === 0) {
    return { complete: symbols.length, judge: (text) => symbols.filter((symbol) => text.includes(symbol)).length };
  }
  const complete = terms.reduce((sum, term) => sum + term.parts.length, 0);
  return {
    complete,
    judge: (text) => {
      const seen = new Set<unknown>();
      let score = 0;
      for (const { term } of finder.find(text)) {
        if (seen.has(term)) continue;
        seen.add(term);
        score += term.parts.length;
        if (score === complete) break;
      }
      return score;
    },
  };
}

function offer(best: Choice, text: string, { judge }: Judge): void {
  const score = judge(text);
  if (score > best.score || best.text === '') Object.assign(best, { text, score });
}

/** Of summaries and titles, which are shown beside the snippet: the second choice. */
async function readOtherTexts(
  caller: Caller,
  readings: readonly Reading[],
  judge: Judge,
): Promise<Map<string, Choice>> {
  const ids = readings.flatMap(({ row }) => row.summaryId ?? []);
  const summaries = new Map(
    (ids.length === 0 ? [] : await loadSummaries(caller, ids)).map((summary) => [summary.conversationId, summary]),
  );
  return new Map(
    readings.map(({ row }) => {
      const choice = { text: '', score: 0 };
      const summary = summaries.get(row.id);
      if (summary?.status === 'COMPLETED') {
        for (const text of [summary.content, summary.title, summary.topics.join(', ')]) {
          if (text) offer(choice, text, judge);
        }
      }
      offer(choice, row.title, judge);
      return [row.id, choice];
    }),
  );
}

async function readMessages(
  caller: Caller,
  readings: readonly Reading[],
  others: ReadonlyMap<string, Choice>,
  judge: Judge,
): Promise<void> {
  const isOpen = ({ row, best, readBytes, position }: Reading) => {
    if (position >= row.messageCount - 1 || best.score >= judge.complete) return false;
    const isFound = best.score > 0 || (others.get(row.id)?.score ?? 0) > 0 || judge.complete === 0;
    return !isFound || readBytes < betterPlaceBytes;
  };
  for (let open = readings.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    const parts = Map.groupBy(await readRound(caller, open), (part) => part.conversationId);
    for (const reading of open) {
      const read = parts.get(reading.row.id);
      if (read === undefined) reading.position = reading.row.messageCount;
      for (const { position, content } of read ?? []) {
        reading.position = position;
        reading.readBytes += content.length;
        if (reading.best.score < judge.complete) offer(reading.best, content, judge);
      }
    }
  }
}

type MessagePart = { conversationId: string; position: number; content: string };

function readRound(caller: Caller, open: readonly Reading[]): Promise<MessagePart[]> {
  const budget = Math.floor(roundBytes / open.length);
  return caller.app.database.prisma.$queryRaw<MessagePart[]>`
    SELECT wanted.id AS "conversationId", part.position, part.content
    FROM unnest(${open.map(({ row }) => row.id)}::text[], ${open.map(({ position }) => position)}::int[])
      wanted(id, position)
    CROSS JOIN LATERAL (
      SELECT sized.position, sized.content FROM (
        SELECT next.position, next.content, sum(next.size) OVER (ORDER BY next.position) - next.size AS before
        FROM (
          SELECT message.position, message.content, octet_length(message.content) AS size FROM message
          WHERE message.tenant_id = ${caller.tenantId} AND message.conversation_id = wanted.id
            AND message.position > wanted.position
          ORDER BY message.position LIMIT ${roundMessages}
        ) next
      ) sized
      WHERE sized.before < ${budget}
    ) part
    ORDER BY 1, 2`;
}
