import { type FormEvent, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { formatCount } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import { CreateExportDocument, type ExportFormat, InboxCountDocument } from '../generated/documents.ts';
import { readFilter, toGraphFilter } from '../inbox/filter.ts';
import { Choice } from '../ui/choice.tsx';
import { Modal } from '../ui/dialog.tsx';
import { FormActions } from '../ui/form-actions.tsx';
import { Trouble } from '../ui/parts.tsx';
import { tell } from '../ui/toast.tsx';

const formats: readonly { value: ExportFormat; label: string }[] = [
  { value: 'CSV', label: 'CSV: a row a message, for spreadsheets' },
  { value: 'JSON', label: 'JSON: one document' },
  { value: 'JSONL', label: 'JSONL: a conversation to a line' },
  { value: 'PDF', label: 'PDF: to read and print' },
];

/** Asks for an export; of what the inbox was narrowed to, where it was. */
export function NewExport({ search, onClose }: { search: string; onClose(): void }) {
  const given = readFilter(search);
  const [from, setFrom] = useState(given.from ?? '');
  const [to, setTo] = useState(given.to ?? '');
  const [format, setFormat] = useState<ExportFormat>('CSV');
  const [hasFiles, setHasFiles] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [{ fetching }, create] = useMutation(CreateExportDocument);
  const words = given.query === '' ? {} : { search: given.query };
  const narrowed = toGraphFilter({ ...given, from: from || null, to: to || null });
  const filter = narrowed === null && given.query === '' ? null : { ...narrowed, ...words };
  const [{ data }] = useQuery({ query: InboxCountDocument, variables: { filter } });
  const count = data?.conversations.totalCount;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    const answer = await create({ input: { format, filter, includeAttachments: hasFiles } });
    const result = answer.data?.createExport;
    if (result?.__typename === 'CreateExportPayload') {
      tell('The export is being made');
      onClose();
    } else if (result !== undefined) {
      const failure = explainFailure(result);
      setProblem(Object.values(failure.fields)[0] ?? failure.message);
    } else if (answer.error !== undefined) setProblem(explainError(answer.error));
  };
  return (
    <Modal title="New export" isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <div className="field">
          <span className="label">As</span>
          <Choice label="Format" value={format} options={formats} onChange={(next) => setFormat(next)} isWide />
        </div>
        <div className="row two">
          {[
            { name: 'First day', value: from, set: setFrom },
            { name: 'Last day', value: to, set: setTo },
          ].map(({ name, value, set }) => (
            <label key={name} className="field" style={{ flex: 1 }}>
              <span className="label">{name}</span>
              <input className="input" type="date" value={value} onChange={(event) => set(event.target.value)} />
            </label>
          ))}
        </div>
        <label className="check">
          <input type="checkbox" checked={hasFiles} onChange={(event) => setHasFiles(event.target.checked)} />
          <span>
            With their files
            <span className="block muted">It is then a ZIP of the document and the files.</span>
          </span>
        </label>
        <p className="notice" role="status">
          {count === undefined
            ? 'Counting…'
            : `${filter === null ? 'All' : 'What you narrowed it to'}: ${formatCount(count, 'conversation')}.`}
        </p>
        {problem !== null && <Trouble message={problem} />}
        <FormActions submit="Export" busy="Asking for it…" isBusy={fetching} onCancel={onClose} />
      </form>
    </Modal>
  );
}
