type FormActionsProps = {
  /** What sending the form does. */
  submit: string;
  /** Said instead, while it is being done. */
  busy: string;
  isBusy: boolean;
  onCancel(): void;
};

/** The end of a form in a dialog: a way back, and the way on. */
export function FormActions({ submit, busy, isBusy, onCancel }: FormActionsProps) {
  return (
    <div className="actions">
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
      <button type="submit" className="button primary" disabled={isBusy}>
        {isBusy ? busy : submit}
      </button>
    </div>
  );
}
