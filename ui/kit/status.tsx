// Status is never told by colour alone: an icon and a word go with it.
import type { JSX, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.tsx';
import styles from './status.module.css';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'idle';

const ICONS: Readonly<Record<Tone, IconName>> = { ok: 'ok', warn: 'warning', bad: 'critical', info: 'info', idle: 'unknown' };

/** Icon and word in the colour of a status; `badge` gives it a tinted ground. */
export function Status({
  tone,
  children,
  icon = ICONS[tone],
  badge = false,
}: {
  tone: Tone;
  children: ReactNode;
  icon?: IconName;
  badge?: boolean;
}): JSX.Element {
  return (
    <span className={classNames(styles.status, styles[tone], badge && styles.badge)}>
      <Icon name={icon} size={14} />
      <span>{children}</span>
    </span>
  );
}

/** Tone and icon of an alert's or a rule's state. */
export function alertTone(state: string): { tone: Tone; icon: IconName; word: string } {
  if (state === 'firing') return { tone: 'bad', icon: 'critical', word: 'Firing' };
  if (state === 'pending') return { tone: 'warn', icon: 'pending', word: 'Pending' };
  if (state === 'inactive' || state === 'normal') return { tone: 'ok', icon: 'ok', word: 'Inactive' };
  return { tone: 'idle', icon: 'unknown', word: state === '' ? 'Unknown' : state };
}

/** Tone and word of a target's health. */
export function healthTone(health: string): { tone: Tone; icon: IconName; word: string } {
  if (health === 'up') return { tone: 'ok', icon: 'ok', word: 'Up' };
  if (health === 'down') return { tone: 'bad', icon: 'critical', word: 'Down' };
  return { tone: 'idle', icon: 'pending', word: 'Not scraped yet' };
}

/** The tone that a rule's severity label deserves. */
export function severityTone(severity: string): Tone {
  if (/^(critical|page|emergency|fatal|high|error|p1)$/i.test(severity)) return 'bad';
  if (/^(warning|warn|medium|p2|major)$/i.test(severity)) return 'warn';
  return 'info';
}
