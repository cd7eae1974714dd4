import { type FormEvent, useState } from 'react';
import { formatBytes } from '../client/names.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import type { Reading } from './use-sending.ts';

type NewImportProps = { files: readonly File[]; onRead(reading: Reading): void; onClose(): void };

/** Asks how files are to be read. */
export function NewImport({ files, onRead, onClose }: NewImportProps) {
  const [assistant, setAssistant] = useState('');
  const read = (dryRun: boolean) => onRead({ assistant: assistant.trim() || null, dryRun });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    read(false);
  };
  return (
    <Modal title={files.length === 1 ? 'Import a file' : `Import ${files.length} files`} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <ul>
          {files.map((file) => (
            <li key={`${file.name} ${file.lastModified}`} className="spread">
              <span className="clip">{file.name}</span>
              <span className="muted small tabular">{formatBytes(file.size)}</span>
            </li>
          ))}
        </ul>
        <Field
          label="Who answers"
          hint="In a chat of several people: what this one wrote is the answer, as it is called in the file."
          maxLength={200}
          value={assistant}
          onChange={(event) => setAssistant(event.target.value)}
        />
        <p className="notice">
          The same file twice changes nothing. To see first what would be done, try it: nothing is changed by that.
        </p>
        <div className="actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button" onClick={() => read(true)}>
            Try it first
          </button>
          <button type="submit" className="button primary">
            Import
          </button>
        </div>
      </form>
    </Modal>
  );
}
