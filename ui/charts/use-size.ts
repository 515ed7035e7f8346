import { type RefCallback, useCallback, useRef, useState } from 'react';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The inner size of an element in whole CSS px, followed as it changes; zero before it is laid out. */
export function useSize<E extends Element>(): readonly [RefCallback<E>, Size] {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const observer = useRef<ResizeObserver>(undefined);
  const ref = useCallback<RefCallback<E>>((element) => {
    observer.current?.disconnect();
    if (element === null) return;
    observer.current = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const width = Math.floor(entry.contentRect.width);
      const height = Math.floor(entry.contentRect.height);
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    });
    observer.current.observe(element);
  }, []);
  return [ref, size];
}
