import { useCallback } from 'react';
import { useToast } from './toast.tsx';

/** Puts a text on the clipboard and says so; `what` names it: "Line", "Trace id". */
export function useCopy(): (text: string, what: string) => void {
  const toast = useToast();
  return useCallback(
    (text, what) => {
      if (navigator.clipboard === undefined) {
        toast('warn', `${what} not copied: the browser allows it only over https or on localhost`);
        return;
      }
      navigator.clipboard.writeText(text).then(
        () => toast('ok', `${what} copied`),
        (error: unknown) => toast('bad', `${what} not copied: ${String(error)}`),
      );
    },
    [toast],
  );
}
