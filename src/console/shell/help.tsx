import { Fragment } from 'react';
import { Modal } from '../ui/dialog.tsx';
import { places } from './places.ts';
import { turnShortcuts, useAreShortcutsOn } from './shortcuts.ts';

const shortcuts: readonly [string, string][] = [
  ['/', 'Search'],
  ['j', 'Next conversation'],
  ['k', 'Previous conversation'],
  ['Enter', 'Open it'],
  ['Escape', 'Back to the list'],
  ['n', 'New conversation'],
  ['r', 'Summarise anew'],
  ['#', 'Delete the conversation'],
  ['z', 'Undo what can be undone'],
  ...places.map((place): [string, string] => [`g ${place.key}`, `Go to ${place.name}`]),
  ['t', 'Theme: system, light, dark'],
  ['?', 'This sheet'],
];

export function HelpSheet({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const areOn = useAreShortcutsOn();
  return (
    <Modal title="Keyboard shortcuts" isOpen={isOpen} onClose={onClose}>
      <dl className="sheet">
        {shortcuts.map(([keys, what]) => (
          <Fragment key={keys}>
            <dt>{what}</dt>
            <dd>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </Fragment>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={areOn} onChange={(event) => turnShortcuts(event.target.checked)} />
        <span>Single keys do this. Turn them off where they are in the way.</span>
      </label>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
