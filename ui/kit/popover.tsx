import { Popover as Primitive } from 'radix-ui';
import type { JSX, ReactElement, ReactNode } from 'react';
import styles from './overlay.module.css';

/** A small surface that its button opens; for forms and details. For lists of actions use Menu. */
export function Popover({
  trigger,
  children,
  open,
  onOpenChange,
  align = 'end',
  label,
}: {
  trigger: ReactElement;
  children: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: 'start' | 'center' | 'end';
  label: string;
}): JSX.Element {
  return (
    <Primitive.Root {...(open !== undefined && { open })} {...(onOpenChange && { onOpenChange })}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content className={styles.popover} align={align} sideOffset={4} collisionPadding={8} aria-label={label}>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
