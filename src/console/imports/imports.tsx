import '../styles/imports.css';
import { useEffect, useRef, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { ImportChangesDocument, ImportsDocument } from '../generated/documents.ts';
import { FileInput, Upload, X } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { Listing } from '../ui/listing.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Bar, Empty } from '../ui/parts.tsx';
import { useFileDrop } from '../ui/use-file-drop.ts';
import { NewImport } from './new-import.tsx';
import { ImportRow } from './row.tsx';
import { type Sending, useSending } from './use-sending.ts';

function OnTheirWay({ list, onDrop }: { list: readonly Sending[]; onDrop(key: number): void }) {
  if (list.length === 0) return null;
  return (
    <ul className="card sending" aria-label="Being sent">
      {list.map(({ key, file, progress, problem }) => (
        <li key={key}>
          <span className="clip">{file.name}</span>
          <span
            className={`small ${problem === null ? 'muted' : 'wrong'}`}
            role={problem === null ? undefined : 'alert'}
          >
            {problem ?? `${Math.round(progress * 100)} % sent`}
          </span>
          <button
            type="button"
            className="button quiet icon"
            aria-label={problem === null ? `Cancel ${file.name}` : `Dismiss ${file.name}`}
            onClick={() => onDrop(key)}
          >
            <X size={15} aria-hidden />
          </button>
          {problem === null && <Bar value={progress} label={`Sending ${file.name}`} />}
        </li>
      ))}
    </ul>
  );
}

/** Files that become conversations: chosen or dropped, tried, read, and told of. */
export function Imports() {
  const [chosen, setChosen] = useState<readonly File[]>([]);
  const input = useRef<HTMLInputElement>(null);
  /** Files that were tried here, by their import: what is still at hand needs not be chosen again. */
  const atHand = useRef(new Map<string, File>());
  /** Imports of whose end there was word. */
  const ended = useRef(new Set<string>());
  const paging = usePaging();
  const [{ data, error }, refetch] = useQuery({ query: ImportsDocument, variables: { after: paging.after } });
  const rows = data?.imports.nodes;
  const refresh = () => refetch({ requestPolicy: 'network-only' });
  const sending = useSending((row, file) => {
    atHand.current.set(row.id, file);
    refresh();
  });
  useSubscription({ query: ImportChangesDocument }, (_, next) => {
    const event = next.importStatusChanged;
    const isShown = event.__typename === 'ImportStatusChange' && rows?.some(({ id }) => id === event.import.id);
    if (event.__typename === 'ImportStatusChange' && event.import.status !== 'PROCESSING')
      ended.current.add(event.import.id);
    if (isShown !== true) refresh();
    return next;
  });
  // A list that was read before an import ended may come after the word of its end, and then says that it goes on.
  useEffect(() => {
    const isBehind = rows?.some(({ id, status }) => status === 'PROCESSING' && ended.current.has(id));
    if (isBehind === true) refetch({ requestPolicy: 'network-only' });
  }, [rows, refetch]);
  const drop = useFileDrop(true, setChosen);
  const choose = (
    <button type="button" className="button primary" onClick={() => input.current?.click()}>
      <Upload size={16} aria-hidden /> Choose files
    </button>
  );
  return (
    <div className="drop-page" {...drop.target}>
      <Page
        title="Imports"
        about="Files that become conversations: exports of conversations, chats of WhatsApp, Slack and ChatGPT, mailboxes. Drop them here."
        actions={choose}
      >
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files to import"
          onChange={(event) => {
            setChosen([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <OnTheirWay list={sending.list} onDrop={sending.drop} />
        <Listing
          items={rows}
          error={error}
          onRetry={refresh}
          columns={['File', 'State', 'What became of it']}
          empty={
            <Empty icon={FileInput} title="Nothing imported yet" action={choose}>
              CSV, JSON, JSONL and ZIP as exported here, WhatsApp’s text, the ZIP files of Slack and ChatGPT, or an
              mbox: what a file is, is told by what stands in it. The same file twice changes nothing.
            </Empty>
          }
        >
          {(row) => {
            const file = atHand.current.get(row.id);
            const reading = { assistant: row.assistant, dryRun: false };
            return (
              <ImportRow
                key={row.id}
                row={row}
                onImport={file === undefined ? null : () => sending.send(file, reading)}
              />
            );
          }}
        </Listing>
        <Pager paging={paging} pageInfo={data?.imports.pageInfo} />
      </Page>
      {drop.isDropping && <div className="drop-hint">Drop the files to import them</div>}
      {chosen.length > 0 && (
        <NewImport
          files={chosen}
          onClose={() => setChosen([])}
          onRead={(reading) => {
            paging.toFirst();
            for (const file of chosen) sending.send(file, reading);
            setChosen([]);
          }}
        />
      )}
    </div>
  );
}
