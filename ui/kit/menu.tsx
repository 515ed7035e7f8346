import { DropdownMenu } from 'radix-ui';
import type { JSX, ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';
import { Icon, type IconName } from './icon.tsx';
import styles from './overlay.module.css';

/** A menu that its only child `trigger` (a button) opens. Fill it with MenuItem, MenuLink, MenuChoice, MenuLabel, MenuSeparator. */
export function Menu({
  trigger,
  children,
  align = 'end',
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'center' | 'end';
}): JSX.Element {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** An action. */
export function MenuItem({
  icon,
  hint,
  children,
  onSelect,
  disabled = false,
}: {
  icon?: IconName;
  hint?: string;
  children: ReactNode;
  onSelect: () => void;
  disabled?: boolean;
}): JSX.Element {
  return (
    <DropdownMenu.Item className={styles.item} onSelect={onSelect} disabled={disabled}>
      {icon && <Icon name={icon} />}
      <span className={styles.spread}>{children}</span>
      {hint && <span className={styles.hint}>{hint}</span>}
    </DropdownMenu.Item>
  );
}

/** A link inside the app. */
export function MenuLink({ icon, href, children }: { icon?: IconName; href: string; children: ReactNode }): JSX.Element {
  return (
    <DropdownMenu.Item asChild className={styles.item}>
      <Link href={href} style={{ textDecoration: 'none' }}>
        {icon && <Icon name={icon} />}
        <span className={styles.spread}>{children}</span>
      </Link>
    </DropdownMenu.Item>
  );
}

/** One choice out of several. */
export function MenuChoice<T extends string>({
  value,
  options,
  onChange,
}: {
  value: T;
  options: readonly { readonly value: T; readonly label: ReactNode; readonly hint?: string }[];
  onChange: (value: T) => void;
}): JSX.Element {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} className={styles.item} value={option.value}>
          <span className={styles.mark}>
            <DropdownMenu.ItemIndicator>
              <Icon name="check" />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className={styles.spread}>{option.label}</span>
          {option.hint && <span className={styles.hint}>{option.hint}</span>}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

/** A heading inside a menu. */
export function MenuLabel({ children }: { children: ReactNode }): JSX.Element {
  return <DropdownMenu.Label className={styles.label}>{children}</DropdownMenu.Label>;
}

/** A hairline between parts of a menu. */
export function MenuSeparator(): JSX.Element {
  return <DropdownMenu.Separator className={styles.separator} />;
}
