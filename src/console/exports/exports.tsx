import { useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { useLocation, useSearch } from 'wouter';
import { formatBytes, formatCount } from '../client/names.ts';
import { ExportChangesDocument, type ExportRowFragment, ExportsDocument } from '../generated/documents.ts';
import { Download, Plus } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { Listing } from '../ui/listing.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Bar, Empty } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';
import { NewExport } from './new-export.tsx';

function State({ row }: { row: ExportRowFragment }) {
  if (row.status === 'PROCESSING') {
    return (
      <div className="export-progress">
        <span className="badge busy">
          <span className="dot" aria-hidden />
          {Math.round(row.progress * 100)} %
        </span>
        <Bar value={row.progress} label={`Progress of the ${row.format} export`} />
      </div>
    );
  }
  if (row.status === 'FAILED') {
    return (
      <>
        <span className="badge bad">Failed</span> <span className="muted">{row.error}</span>
      </>
    );
  }
  return row.status === 'EXPIRED' ? <span className="badge">Expired</span> : <span className="badge good">Ready</span>;
}

function Row({ row }: { row: ExportRowFragment }) {
  return (
    <tr>
      <td>
        <span className="main">{row.format}</span>
        <span className="block muted">
          Asked for <Time at={row.createdAt} look="distance" />
        </span>
      </td>
      <td>
        <State row={row} />
      </td>
      <td className="tabular">
        {row.conversationCount === null ? '' : formatCount(row.conversationCount, 'conversation')}
      </td>
      <td className="tabular">{row.size === null ? '' : formatBytes(row.size)}</td>
      <td>
        {row.status === 'COMPLETED' && (
          <span className="muted">
            Kept until <Time at={row.expiresAt} />
          </span>
        )}
      </td>
      <td className="end">
        {row.downloadUrl !== null && (
          <a className="button" href={row.downloadUrl} download>
            <Download size={15} aria-hidden /> Download
          </a>
        )}
      </td>
    </tr>
  );
}

/** Documents of conversations: asked for, watched, taken along. */
export function Exports() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const [isMaking, setIsMaking] = useState(search !== '');
  const paging = usePaging();
  const [{ data, error }, refetch] = useQuery({ query: ExportsDocument, variables: { after: paging.after } });
  const refresh = () => refetch({ requestPolicy: 'network-only' });
  useSubscription({ query: ExportChangesDocument }, (_, next) => {
    if (next.exportStatusChanged.__typename === 'StreamGap') refresh();
    return next;
  });
  const make = (
    <button type="button" className="button primary" onClick={() => setIsMaking(true)}>
      <Plus size={16} aria-hidden /> New export
    </button>
  );
  return (
    <Page
      title="Exports"
      about="Conversations with their messages and summaries as one document, for spreadsheets, programs or paper. Kept for seven days."
      actions={make}
    >
      <Listing
        items={data?.exports.nodes}
        error={error}
        onRetry={refresh}
        columns={['Document', 'State', 'Holds', 'Size', 'Kept']}
        empty={
          <Empty icon={Download} title="Nothing exported yet" action={make}>
            Export all conversations, or narrow the inbox first and export what it shows.
          </Empty>
        }
      >
        {(row) => <Row key={row.id} row={row} />}
      </Listing>
      <Pager paging={paging} pageInfo={data?.exports.pageInfo} />
      {isMaking && (
        <NewExport
          search={search}
          onClose={() => {
            setIsMaking(false);
            paging.toFirst();
            if (search !== '') navigate('/exports', { replace: true });
          }}
        />
      )}
    </Page>
  );
}
