import { useMemo } from 'react';
import { useQuery } from 'urql';
import { useLocation, useSearch } from 'wouter';
import { AuditLogDocument, KeysDocument } from '../generated/documents.ts';
import { RefreshCw, ScrollText, X } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { Choice } from '../ui/choice.tsx';
import { Listing } from '../ui/listing.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Empty } from '../ui/parts.tsx';
import { type Narrowed, outcomes, readNarrowed, times, toAuditFilter, writeNarrowed } from './filter.ts';
import { AuditRow } from './row.tsx';

type FiltersProps = { narrowed: Narrowed; onChange(next: Partial<Narrowed>): void };

function Filters({ narrowed, onChange }: FiltersProps) {
  const [{ data }] = useQuery({ query: KeysDocument });
  const { keyId, targetId } = narrowed;
  const keys = (data?.apiKeys ?? []).map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix}…)` }));
  // One that is named by the address alone.
  const isKnown = keyId === '' || keys.some(({ value }) => value === keyId);
  const options = [{ value: '', label: 'Any key' }, ...keys, ...(isKnown ? [] : [{ value: keyId, label: keyId }])];
  return (
    <fieldset className="filters">
      <legend className="hidden-visually">Filter</legend>
      <Choice
        label="Outcome"
        value={narrowed.outcome}
        options={outcomes}
        onChange={(outcome) => onChange({ outcome })}
      />
      <Choice label="Key" value={keyId} options={options} onChange={(next) => onChange({ keyId: next })} />
      <Choice label="Time" value={narrowed.since} options={times} onChange={(since) => onChange({ since })} />
      <input
        className="input"
        type="search"
        aria-label="Done to"
        placeholder="Done to: conv_…, key_…, up_…"
        spellCheck={false}
        value={targetId}
        onChange={(event) => onChange({ targetId: event.target.value.trim() })}
      />
      {writeNarrowed(narrowed) !== '' && (
        <button type="button" className="button quiet" onClick={() => onChange(readNarrowed(''))}>
          <X size={15} aria-hidden /> Clear
        </button>
      )}
    </fieldset>
  );
}

/** Who did what with which key, and what was refused. */
export function Audit() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const paging = usePaging();
  const narrowed = readNarrowed(search);
  // From the moment that it is asked for: an instant that moved with each look would ask again with each.
  const filter = useMemo(() => toAuditFilter(readNarrowed(search)), [search]);
  const [{ data, error, fetching }, refetch] = useQuery({
    query: AuditLogDocument,
    variables: { after: paging.after, filter },
  });
  const refresh = () => refetch({ requestPolicy: 'network-only' });
  const change = (next: Partial<Narrowed>) => {
    paging.toFirst();
    navigate(`/settings/audit${writeNarrowed({ ...narrowed, ...next })}`, { replace: true });
  };
  return (
    <Page
      title="Audit log"
      about="Who wrote what with which key, and what was refused. It tells no content."
      actions={
        <button
          type="button"
          className="button"
          aria-disabled={fetching}
          onClick={() => {
            paging.toFirst();
            refresh();
          }}
        >
          <RefreshCw size={15} aria-hidden /> Refresh
        </button>
      }
    >
      <Filters narrowed={narrowed} onChange={change} />
      <Listing
        items={data?.auditLog?.nodes}
        error={error}
        onRetry={refresh}
        columns={['When', 'What', 'Who', 'Outcome', 'From']}
        hasActions={false}
        empty={
          <Empty icon={ScrollText} title={filter === null ? 'Nothing was done yet' : 'Nothing fits'}>
            {filter === null
              ? 'Each write, each refusal, and the first use of a key on a day stands here.'
              : 'Try fewer filters. An id must be given whole.'}
          </Empty>
        }
      >
        {(entry) => <AuditRow key={entry.id} entry={entry} />}
      </Listing>
      <Pager paging={paging} pageInfo={data?.auditLog?.pageInfo} />
    </Page>
  );
}
