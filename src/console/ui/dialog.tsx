import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

type ModalProps = {
  title: string;
  isOpen: boolean;
  onClose(): void;
  isWide?: boolean;
  /** Neither a click beside it nor Escape closes it: only its own buttons. */
  isStaying?: boolean;
  children: ReactNode;
};

export function Modal({ title, isOpen, onClose, isWide = false, isStaying = false, children }: ModalProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && !isStaying && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={`dialog ${isWide ? 'wide' : ''}`}>
          <Dialog.Title render={<h2>{title}</h2>} />
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type ConfirmProps = {
  title: string;
  isOpen: boolean;
  /** What it will do, in words. */
  children: ReactNode;
  confirm: string;
  onConfirm(): void;
  onClose(): void;
};

/** Asks before what cannot be taken back. */
export function Confirm({ title, isOpen, children, confirm, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal title={title} isOpen={isOpen} onClose={onClose}>
      <div>{children}</div>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          className="button danger"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {confirm}
        </button>
      </div>
    </Modal>
  );
}
