import { Toast } from '@base-ui/react/toast';
import { X } from '../generated/icons.tsx';

const toasts = Toast.createToastManager();

/** The ways back that are open, the latest last. */
const waysBack = new Map<string, () => void>();

/** Takes the way back that was offered last; nothing where none is open. */
export function undoLast(): void {
  [...waysBack.values()].at(-1)?.();
}

/** Says that something was done; with a way back, where there is one. */
export function tell(title: string, options: { undo?: () => void; timeoutMs?: number; onClose?: () => void } = {}) {
  const { undo } = options;
  const goBack = () => {
    undo?.();
    toasts.close(id);
  };
  const id: string = toasts.add({
    title,
    timeout: options.timeoutMs ?? 5_000,
    onClose: () => {
      waysBack.delete(id);
      options.onClose?.();
    },
    ...(undo && { actionProps: { children: 'Undo', onClick: goBack } }),
  });
  if (undo !== undefined) waysBack.set(id, goBack);
  return id;
}

/** Says that something failed, and why. */
export function complain(title: string, description: string): void {
  toasts.add({ title, description, type: 'bad', priority: 'high', timeout: 10_000 });
}

function Toasts() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={`toast ${toast.type ?? ''}`}>
      <Toast.Content className="row" style={{ flex: 1, flexWrap: 'nowrap' }}>
        <div className="words">
          <Toast.Title render={<p />} />
          <Toast.Description render={<p className="muted" />} />
        </div>
        <Toast.Action className="button" />
        <Toast.Close className="button quiet icon" aria-label="Close">
          <X size={16} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}

export function ToastRegion() {
  return (
    <Toast.Provider toastManager={toasts} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
