import { useEffect, useRef, useState } from 'react';
import { Check, Copy } from '../generated/icons.tsx';
import { Modal } from './dialog.tsx';

const doneMs = 2_000;

/** A text to be taken along. Where the page may not use the clipboard, it is selected. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), doneMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    } catch {
      // Selected: the reader's own keys copy it.
    }
  };
  return (
    <div className="copy">
      <input
        ref={field}
        className="input mono"
        readOnly
        aria-label={label}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" className="button" onClick={() => void copy()}>
        {isCopied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

type SecretProps = { title: string; label: string; secret: string | null; onClose(): void };

/** A secret that nothing can show again. It is gone when somebody says that they have it, and not before. */
export function SecretOnce({ title, label, secret, onClose }: SecretProps) {
  if (secret === null) return null;
  return (
    <Modal title={title} isOpen isStaying onClose={onClose}>
      <p>Copy it now: it is shown this once, and nobody can look it up.</p>
      <CopyField label={label} text={secret} />
      <div className="actions">
        <button type="button" className="button primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Modal>
  );
}
