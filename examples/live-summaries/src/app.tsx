import { useEffect, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { ListDocument, type ListQuery, SummaryChangesDocument } from './generated/documents.ts';
import { type Row, withChange } from './rows.ts';

const unreachable = 'The gateway does not answer, or does not let this page in: look at what it logs of CORS_ORIGINS.';

export function App() {
  const [{ data, error }, askAgain] = useQuery({ query: ListDocument });
  return (
    <main>
      <h1>Live summaries</h1>
      {error !== undefined && <p role="alert">{error.graphQLErrors[0]?.message ?? unreachable}</p>}
      {data !== undefined && <List data={data} onGap={() => askAgain({ requestPolicy: 'network-only' })} />}
    </main>
  );
}

/** What the query gave, and then what changes from the place where it was asked. */
function List({ data, onGap }: { data: ListQuery; onGap: () => void }) {
  const [rows, setRows] = useState<readonly Row[]>(data.conversations.nodes);
  useEffect(() => setRows(data.conversations.nodes), [data]);
  const [{ error }] = useSubscription(
    { query: SummaryChangesDocument, variables: { after: data.eventCursor } },
    (_, change) => {
      const event = change.summaryStatusChanged;
      if (event.__typename === 'SummaryStatusChange') setRows((before) => withChange(before, event));
      // The page was away for longer than events are kept.
      else onGap();
      return change;
    },
  );
  return (
    <>
      {error !== undefined && <p role="alert">{error.message}</p>}
      <ul>
        {rows.map(({ id, title, summary }) => (
          <li key={id}>
            <h2>{title}</h2>
            <p>{summary === null ? 'No summary' : (summary.content ?? summary.error ?? 'Being summarised …')}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
