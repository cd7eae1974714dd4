import { Toast } from '@base-ui/react/toast';
import { X } from '../generated/icons.tsx';

const toasts = Toast.createToastManager();

/** Says that something was done; with a way back, where there is one. */
export function tell(title: string, options: { undo?: () => void; timeoutMs?: number; onClose?: () => void } = {}) {
  const id = toasts.add({
    title,
    timeout: options.timeoutMs ?? 5_000,
    ...(options.onClose && { onClose: options.onClose }),
    ...(options.undo && {
      actionProps: {
        children: 'Undo',
        onClick: () => {
          options.undo?.();
          toasts.close(id);
        },
      },
    }),
  });
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
