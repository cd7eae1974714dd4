import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

type FieldProps = {
  label: string;
  hint?: ReactNode;
  /** What is wrong with what was given, in words. */
  wrong?: string | undefined;
} & InputHTMLAttributes<HTMLInputElement>;

/** An input with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, wrong, ...input }: FieldProps) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, wrong !== undefined && `${id}-wrong`]
    .filter(Boolean)
    .join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        autoComplete="off"
        aria-invalid={wrong !== undefined}
        aria-describedby={described || undefined}
        {...input}
      />
      {hint !== undefined && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong !== undefined && (
        <span className="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </div>
  );
}
