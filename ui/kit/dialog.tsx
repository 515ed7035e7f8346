import { Dialog as Primitive } from 'radix-ui';
import type { CSSProperties, JSX, ReactNode } from 'react';
import { IconButton } from './button.tsx';
import styles from './overlay.module.css';

/** A modal window. Focus is kept inside and given back; Escape closes. `width` in px; `flush` leaves out the body's padding. */
export function Dialog({
  open,
  onClose,
  title,
  text,
  children,
  foot,
  width = 560,
  flush = false,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  text?: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
  width?: number;
  flush?: boolean;
}): JSX.Element {
  return (
    <Primitive.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className={styles.scrim} />
        <Primitive.Content
          className={styles.dialog}
          onOpenAutoFocus={(event) => {
            // The window itself, not its first button: that would open the button's tooltip.
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          style={{ '--dialog-width': `${width}px` } as CSSProperties}
          {...(text === undefined && { 'aria-describedby': undefined })}
        >
          <div className={styles.dialogHead}>
            <div className={styles.dialogTitle}>
              <Primitive.Title>{title}</Primitive.Title>
              {text !== undefined && <Primitive.Description className={styles.dialogText}>{text}</Primitive.Description>}
            </div>
            <Primitive.Close asChild>
              <IconButton icon="close" label="Close" />
            </Primitive.Close>
          </div>
          <div className={styles.dialogBody} data-flush={flush}>
            {children}
          </div>
          {foot && <div className={styles.dialogFoot}>{foot}</div>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
