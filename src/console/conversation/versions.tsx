import { useState } from 'react';
import type { SummaryViewFragment } from '../generated/documents.ts';
import { Choice } from '../ui/choice.tsx';
import { Modal } from '../ui/dialog.tsx';
import { SummaryBody } from './summary.tsx';

type VersionsProps = { versions: readonly SummaryViewFragment[]; isOpen: boolean; onClose(): void };

/** Two versions of the summary, side by side. */
export function Versions({ versions, isOpen, onClose }: VersionsProps) {
  const [left, setLeft] = useState<string | null>(null);
  const [right, setRight] = useState<string | null>(null);
  const options = versions.map(({ version }) => ({ value: String(version), label: `Version ${version}` }));
  const columns = [
    { name: 'First version', chosen: left ?? options[1]?.value, choose: setLeft },
    { name: 'Second version', chosen: right ?? options[0]?.value, choose: setRight },
  ];
  return (
    <Modal title="Versions of the summary" isOpen={isOpen} onClose={onClose} isWide>
      <div className="versions">
        {columns.map(({ name, chosen, choose }) => {
          const summary = versions.find(({ version }) => String(version) === chosen);
          return (
            <section key={name} className="stack" aria-label={name}>
              <Choice label={name} value={chosen ?? ''} options={options} onChange={choose} />
              {summary !== undefined && <SummaryBody summary={summary} onShow={null} />}
            </section>
          );
        })}
      </div>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
