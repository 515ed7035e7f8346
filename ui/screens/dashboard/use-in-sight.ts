import { type RefCallback, useCallback, useRef, useState } from 'react';

/** Panels this near to the window are loaded before the reader gets there. */
const MARGIN = '240px';

/** A ref, whether its element is in or near the window, and its width in CSS px. */
export function useInSight<E extends HTMLElement>(): readonly [RefCallback<E>, boolean, number] {
  const [isInSight, setInSight] = useState(false);
  const [width, setWidth] = useState(0);
  const stop = useRef<() => void>(undefined);
  const ref = useCallback<RefCallback<E>>((element) => {
    stop.current?.();
    if (element === null) return;
    const sight = new IntersectionObserver((entries) => setInSight(entries.some((entry) => entry.isIntersecting)), { rootMargin: MARGIN });
    const size = new ResizeObserver(() => setWidth(element.clientWidth));
    sight.observe(element);
    size.observe(element);
    stop.current = () => {
      sight.disconnect();
      size.disconnect();
    };
  }, []);
  return [ref, isInSight, width];
}
