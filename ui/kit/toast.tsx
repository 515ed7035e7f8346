import { createContext, type JSX, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { IconButton } from './button.tsx';
import { Status, type Tone } from './status.tsx';
import styles from './toast.module.css';

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

/** Shows a short message; errors stay until they are closed, others leave after 5 s. */
export type ShowToast = (tone: Tone, text: string) => void;

const Context = createContext<ShowToast>(() => undefined);

/** At most this many at once: the oldest leaves. */
const MOST = 4;
const SHOWN_MS = 5_000;

/** Put once around the app. */
export function ToastProvider({ children }: { children: ReactNode }): JSX.Element {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const nextId = useRef(1);
  const close = useCallback((id: number) => setToasts((now) => now.filter((toast) => toast.id !== id)), []);
  const show = useCallback<ShowToast>(
    (tone, text) => {
      const id = nextId.current++;
      setToasts((now) => [...now, { id, tone, text }].slice(-MOST));
      if (tone !== 'bad') setTimeout(close, SHOWN_MS, id);
    },
    [close],
  );
  const list = useMemo(
    () =>
      toasts.map((toast) => (
        <div key={toast.id} className={styles.toast}>
          <span className={styles.text}>
            <Status tone={toast.tone}>{toast.tone === 'bad' ? 'Failed' : toast.tone === 'warn' ? 'Warning' : 'Done'}</Status> {toast.text}
          </span>
          <IconButton icon="close" label="Dismiss" small onClick={() => close(toast.id)} />
        </div>
      )),
    [toasts, close],
  );
  return (
    <Context value={show}>
      {children}
      <div className={styles.stack} role="status" aria-live="polite">
        {list}
      </div>
    </Context>
  );
}

/** `const toast = useToast(); toast('ok', 'Copied')`. */
export function useToast(): ShowToast {
  return useContext(Context);
}
