import { type JSX, type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';
import { classNames } from './class-names.ts';
import styles from './page.module.css';

/** The frame of a screen: a header with title and controls that stays in sight, an optional bar of filters, the body. Also sets the document's title. */
export function Page({
  title,
  crumb,
  beside,
  controls,
  bar,
  flush = false,
  narrow = false,
  fill = false,
  children,
}: {
  title: string;
  crumb?: { readonly label: string; readonly href: string };
  /** Stands beside the title. */
  beside?: ReactNode;
  controls?: ReactNode;
  bar?: ReactNode;
  flush?: boolean;
  narrow?: boolean;
  /** The page is exactly as high as the window; its only child fills the body. */
  fill?: boolean;
  children: ReactNode;
}): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Alidade`;
  }, [title]);
  return (
    <div className={styles.page} data-fill={fill}>
      <header className={styles.header}>
        <div className={styles.titles}>
          {crumb && (
            <>
              <Link href={crumb.href} className={styles.crumb}>
                {crumb.label}
              </Link>
              <span className={styles.crumb} aria-hidden="true">
                /
              </span>
            </>
          )}
          <h1 className={styles.title} title={title}>
            {title}
          </h1>
          {beside}
        </div>
        {controls && <div className={styles.controls}>{controls}</div>}
      </header>
      {bar && <div className={styles.bar}>{bar}</div>}
      <div className={classNames(styles.body, flush && styles.flush, narrow && styles.narrow)}>{children}</div>
    </div>
  );
}

/** A titled part of a screen, under a hairline. */
export function Section({
  title,
  note,
  controls,
  children,
}: {
  title: ReactNode;
  note?: ReactNode;
  controls?: ReactNode;
  children: ReactNode;
}): JSX.Element {
  return (
    <section className={styles.section}>
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle}>{title}</h2>
        <span className={styles.sectionNote}>{note}</span>
        {controls}
      </div>
      {children}
    </section>
  );
}
