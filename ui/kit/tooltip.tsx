import { Tooltip as Primitive } from 'radix-ui';
import type { JSX, ReactElement, ReactNode } from 'react';
import styles from './tooltip.module.css';

/** Put once around the app: tooltips next to each other open without delay. */
export function TooltipProvider({ children }: { children: ReactNode }): JSX.Element {
  return (
    <Primitive.Provider delayDuration={350} skipDelayDuration={200}>
      {children}
    </Primitive.Provider>
  );
}

/** Shows `text` on hover and on focus of its only child, which must accept a ref. */
export function Tooltip({
  text,
  side = 'bottom',
  children,
}: {
  text: ReactNode;
  side?: 'top' | 'bottom' | 'left' | 'right';
  children: ReactElement;
}): JSX.Element {
  if (text === '' || text === undefined || text === null) return children;
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content className={styles.tooltip} side={side} sideOffset={6} collisionPadding={8}>
          {text}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
