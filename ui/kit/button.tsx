import type { AnchorHTMLAttributes, ButtonHTMLAttributes, JSX, ReactNode, Ref } from 'react';
import { Link } from 'wouter';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.tsx';
import { Tooltip } from './tooltip.tsx';

export type ButtonLook = 'plain' | 'primary' | 'quiet' | 'danger';

interface Looks {
  readonly look?: ButtonLook;
  readonly small?: boolean;
}

function lookOf({ look = 'plain', small = false }: Looks, more?: string): string {
  return classNames(styles.button, look !== 'plain' && styles[look], small && styles.small, more);
}

/** A button with words; `icon` stands before them. */
export function Button({
  look,
  small,
  icon,
  children,
  className,
  ...rest
}: Looks & { icon?: IconName; ref?: Ref<HTMLButtonElement> } & ButtonHTMLAttributes<HTMLButtonElement>): JSX.Element {
  return (
    <button type="button" {...rest} className={lookOf({ ...(look && { look }), ...(small && { small }) }, className)}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only an icon; `label` is its tooltip and its accessible name. */
export function IconButton({
  icon,
  label,
  look = 'quiet',
  small,
  className,
  ...rest
}: Looks & { icon: IconName; label: string; ref?: Ref<HTMLButtonElement> } & ButtonHTMLAttributes<HTMLButtonElement>): JSX.Element {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={lookOf({ look, ...(small && { small }) }, classNames(styles.icon, className))}
      >
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}

/** A link inside the app that looks like a button. */
export function LinkButton({
  href,
  look,
  small,
  icon,
  children,
}: Looks & { href: string; icon?: IconName; children: ReactNode } & Pick<AnchorHTMLAttributes<HTMLAnchorElement>, 'title'>): JSX.Element {
  return (
    <Link href={href} className={lookOf({ ...(look && { look }), ...(small && { small }) })}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}
