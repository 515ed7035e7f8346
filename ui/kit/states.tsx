// What is shown in place of content: nothing yet, nothing here, or something failed.
import type { JSX, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Icon } from './icon.tsx';
import styles from './states.module.css';

/** 'page' stands alone on a screen, 'fill' fills a panel, 'inline' sits in a section. */
export type StatePlace = 'page' | 'fill' | 'inline';

const placeClass = (place: StatePlace) => (place === 'page' ? styles.page : place === 'fill' ? styles.fill : undefined);

/** Says what would be here and how to get it. */
export function EmptyState({
  title,
  children,
  actions,
  place = 'inline',
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  place?: StatePlace;
}): JSX.Element {
  return (
    <div className={classNames(styles.state, placeClass(place))}>
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** Says what failed, the message of the other side, and what to do. */
export function ErrorState({
  title,
  detail,
  cure,
  actions,
  place = 'inline',
}: {
  title: string;
  detail?: string;
  cure?: ReactNode;
  actions?: ReactNode;
  place?: StatePlace;
}): JSX.Element {
  return (
    <div className={classNames(styles.state, styles.error, placeClass(place))} role="alert">
      <p className={styles.title}>
        <Icon name="critical" />
        {title}
      </p>
      {detail && <p className={styles.detail}>{detail}</p>}
      {cure && <div className={styles.text}>{cure}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** Shown after 300 ms, so that quick answers do not flicker. */
export function LoadingState({ label = 'Loading', place = 'inline' }: { label?: string; place?: StatePlace }): JSX.Element {
  return (
    <div className={classNames(styles.state, placeClass(place))} role="status">
      <Working />
      <span className="visually-hidden">{label}</span>
    </div>
  );
}

/** The graduated rule with a moving index. */
export function Working(): JSX.Element {
  return (
    <span className={styles.ruler}>
      <svg width="96" height="10" viewBox="0 0 96 10" stroke="currentColor" aria-hidden="true">
        <path d={TICKS} />
      </svg>
    </span>
  );
}

const TICKS = Array.from({ length: 25 }, (_, index) => `M${index * 4 - (index === 24 ? 0.5 : -0.5)} 10V${index % 6 === 0 ? 2 : 6}`).join(
  '',
);
