// Keys of the screen: j and k go from line to line, Enter opens one, Escape closes it, / goes to the query.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ReadLine } from './log-line.ts';

/** The key of the line that has the focus, and how it is set. */
export function useLineKeys({
  lines,
  openKey,
  onOpen,
  onMove,
}: {
  lines: readonly ReadLine[];
  openKey: string;
  onOpen: (key: string) => void;
  /** The line at this index must come into sight. */
  onMove: (index: number) => void;
}): readonly [string, (key: string) => void] {
  const [active, setActive] = useState('');
  const latest = useRef({ lines, openKey, onOpen, onMove, active });
  latest.current = { lines, openKey, onOpen, onMove, active };
  const onKey = useCallback((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const now = latest.current;
    if (event.key === 'j' || event.key === 'k') {
      event.preventDefault();
      const at = now.lines.findIndex(({ key }) => key === now.active);
      const next = at < 0 ? 0 : Math.min(now.lines.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)));
      const line = now.lines[next];
      if (line === undefined) return;
      now.onMove(next);
      setActive(line.key);
    } else if (event.key === 'Escape' && now.openKey !== '') {
      now.onOpen('');
    }
  }, []);
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onKey]);
  return [active, setActive];
}

/** `/` puts the cursor into the query. */
export function useQueryKey(focus: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [focus]);
}

/** Keys belong to whoever is typed into, and to open menus and dialogs. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, [contenteditable="true"], [role="menu"], [role="dialog"]') !== null;
}
