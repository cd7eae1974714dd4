import { useRef, useState } from 'react';
import { useMutation } from 'urql';
import { formatBytes } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import { type AttachmentPartsFragment, DeleteAttachmentDocument } from '../generated/documents.ts';
import { FileText, Paperclip, Trash, X } from '../generated/icons.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Bar } from '../ui/parts.tsx';
import { complain, tell } from '../ui/toast.tsx';
import type { Uploads } from './use-uploads.ts';

type FilesProps = {
  files: readonly AttachmentPartsFragment[];
  /** Null where the conversation's API takes no files. */
  uploads: Uploads | null;
};

/** A conversation's files, and those on their way to it. */
export function Files({ files, uploads }: FilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const [doomed, setDoomed] = useState<AttachmentPartsFragment | null>(null);
  const [, remove] = useMutation(DeleteAttachmentDocument);

  const removeFile = async ({ id, filename }: AttachmentPartsFragment) => {
    const { data, error } = await remove({ input: { id } });
    const result = data?.deleteAttachment;
    if (result?.__typename === 'DeleteAttachmentPayload') tell(`${filename} is deleted`);
    else if (result !== undefined) complain(`${filename} is not deleted`, explainFailure(result).message);
    else if (error !== undefined) complain(`${filename} is not deleted`, explainError(error));
  };
  return (
    <section className="card stack" aria-label="Files">
      <div className="spread">
        <h2>Files</h2>
        {uploads !== null && (
          <>
            <button type="button" className="button" onClick={() => input.current?.click()}>
              <Paperclip size={15} aria-hidden /> Add
            </button>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              aria-label="Files to add"
              onChange={(event) => {
                uploads.add([...(event.target.files ?? [])]);
                event.target.value = '';
              }}
            />
          </>
        )}
      </div>
      {files.length === 0 && (uploads === null || uploads.list.length === 0) && (
        <p className="muted small">
          {uploads === null ? 'None. Its API takes no files.' : 'None yet. Drop some anywhere on this conversation.'}
        </p>
      )}
      <ul className="files">
        {files.map((file) => (
          <li key={file.id}>
            <FileText size={17} aria-hidden />
            <a href={file.url} className="clip">
              {file.filename}
            </a>
            <span className="muted small tabular">{formatBytes(file.size)}</span>
            {uploads !== null && (
              <button
                type="button"
                className="button quiet icon"
                aria-label={`Delete ${file.filename}`}
                onClick={() => setDoomed(file)}
              >
                <Trash size={15} aria-hidden />
              </button>
            )}
          </li>
        ))}
        {uploads?.list.map((upload) => (
          <li key={upload.key} className="uploading">
            <span className="clip">{upload.name}</span>
            <span className={`small ${upload.problem === null ? 'muted' : 'wrong'}`}>
              {upload.problem ?? `${Math.round(upload.progress * 100)} %`}
            </span>
            <button
              type="button"
              className="button quiet icon"
              aria-label={upload.problem === null ? `Cancel ${upload.name}` : `Dismiss ${upload.name}`}
              onClick={() => uploads.drop(upload.key)}
            >
              <X size={15} aria-hidden />
            </button>
            {upload.problem === null && <Bar value={upload.progress} label={`Sending ${upload.name}`} />}
          </li>
        ))}
      </ul>
      <Confirm
        title="Delete the file?"
        isOpen={doomed !== null}
        confirm="Delete it"
        onConfirm={() => doomed !== null && void removeFile(doomed)}
        onClose={() => setDoomed(null)}
      >
        <p>{doomed?.filename} is deleted for good, also where the conversation lives.</p>
      </Confirm>
    </section>
  );
}
