// The icon set: 16 × 16, 1.5 px strokes, drawn for this product.
import type { JSX } from 'react';

const PATHS = {
  home: 'M2.5 7 8 2.5 13.5 7M4 6v7.5h8V6M6.5 13.5v-4h3v4',
  dashboards: 'M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5H7v3H2.5z',
  explore: 'M2.5 13.5h11M2.5 11l3-4 2.5 2.5 5.5-6.5M10.5 3h3v3',
  alerts: 'M8 2a4 4 0 0 0-4 4v3l-1.5 2.5h11L12 9V6a4 4 0 0 0-4-4M6.5 13.5a1.6 1.6 0 0 0 3 0',
  targets: 'M8 3.5A4.5 4.5 0 1 0 8 12.5 4.5 4.5 0 1 0 8 3.5M8 1v4M8 11v4M1 8h4M11 8h4',
  slo: 'M2.2 11.8a6 6 0 1 1 11.6 0M8 10.8l2.8-4.6M8 11.8v.1M2.2 13.8h11.6',
  advice: 'M8 2.5v11M5.5 13.5h5M3.5 4.5h9M3.5 4.5l-2 5h4zM12.5 4.5l-2 5h4z',
  logs: 'M3 3.5h10M3 6.5h7M3 9.5h10M3 12.5h5',
  traces: 'M2.5 3.5h8M4.5 8h7M8.5 12.5h5',
  search: 'M7 2.5A4.5 4.5 0 1 0 7 11.5 4.5 4.5 0 1 0 7 2.5M10.3 10.3 13.8 13.8',
  clock: 'M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2M8 4.8V8l2.3 1.6',
  refresh: 'M13.2 6.5A5.5 5.5 0 0 0 3.4 5M2.8 9.5A5.5 5.5 0 0 0 12.6 11M13.5 3v3.5H10M2.5 13V9.5H6',
  'zoom-out': 'M7 2.5A4.5 4.5 0 1 0 7 11.5 4.5 4.5 0 1 0 7 2.5M10.3 10.3 13.8 13.8M5 7h4',
  'chevron-down': 'M4 6.2 8 10.2 12 6.2',
  'chevron-up': 'M4 9.8 8 5.8 12 9.8',
  'chevron-right': 'M6 4l4 4-4 4',
  'chevron-left': 'M10 4 6 8l4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  more: 'M8 3.2v.1M8 8v.1M8 12.7v.1',
  table: 'M2.5 3h11v10h-11zM2.5 6.5h11M2.5 9.8h11M6.5 6.5V13',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9 7M2.5 13.5 7 9',
  shrink: 'M13 7H9V3M3 9h4v4M9 7l4.5-4.5M7 9l-4.5 4.5',
  link: 'M6.5 3.5h-4v10h10v-4M9.5 2.5h4v4M13.5 2.5 7.5 8.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  filter: 'M2.5 3.5h11L9.5 8.5v4l-3 1.5V8.5z',
  folder: 'M2 4h4.2l1.3 1.5H14V13H2z',
  sun: 'M8 5.2A2.8 2.8 0 1 0 8 10.8 2.8 2.8 0 1 0 8 5.2M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6',
  monitor: 'M2 3h12v8H2zM5.5 13.5h5M8 11v2.5',
  eye: 'M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8M8 6.2A1.8 1.8 0 1 0 8 9.8 1.8 1.8 0 1 0 8 6.2',
  mute: 'M4 9V6a4 4 0 0 1 7-2.6M12 6v3l1.5 2.5H6.5M6.5 13.5a1.6 1.6 0 0 0 3 0M2.5 13.5l11-11',
  'log-out': 'M6.5 2.5h-4v11h4M6.5 8h7M10.5 5l3 3-3 3',
  play: 'M5 3.2v9.6L12.5 8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  'arrow-up': 'M8 13V3.5M4 7.3l4-4 4 4',
  'arrow-down': 'M8 3v9.5M4 8.7l4 4 4-4',
  'arrow-right': 'M3 8h9.5M8.7 4l4 4-4 4',
  ok: 'M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2M5.2 8.2l2 2 3.6-4.2',
  warning: 'M8 2.2 14.3 13.3H1.7zM8 6.3v3.2M8 11.4v.1',
  critical: 'M5.4 1.9h5.2l3.5 3.5v5.2l-3.5 3.5H5.4l-3.5-3.5V5.4zM8 4.8v3.9M8 11v.1',
  pending: 'M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2M8 4.8V8h3',
  unknown: 'M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2M6.3 6.4a1.7 1.7 0 1 1 2.5 1.5c-.5.3-.8.6-.8 1.2M8 11.2v.1',
  info: 'M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2M8 7.3v3.7M8 5v.1',
  minor: 'M5.5 8h5M8 2A6 6 0 1 0 8 14 6 6 0 1 0 8 2',
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative unless `label` is given. */
export function Icon({ name, size = 16, label }: { name: IconName; size?: number; label?: string }): JSX.Element {
  const frame = {
    width: size,
    height: size,
    viewBox: '0 0 16 16',
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: name === 'more' ? 2 : 1.4,
    strokeLinecap: 'round',
    strokeLinejoin: 'round',
    style: { flex: 'none' },
  } as const;
  if (label === undefined) {
    return (
      <svg {...frame} aria-hidden="true">
        <path d={PATHS[name]} />
      </svg>
    );
  }
  return (
    <svg {...frame} role="img" aria-label={label}>
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the product: a graduated circle with the sighting rule across it. */
export function Logo({ size = 24 }: { size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeLinecap="round" aria-hidden="true">
      <circle cx="12" cy="12" r="8.5" strokeWidth="1.2" />
      <path strokeWidth="1.2" d="M12 1.8v2.6M12 19.6v2.6M1.8 12h2.6M19.6 12h2.6" />
      <path strokeWidth=".8" d="M17.1 5.2l.9-1.1M6 19.9l.9-1.1M6.9 5.2 6 4.1M18 19.9l-.9-1.1" opacity=".6" />
      <path strokeWidth="1.8" d="M5.6 18.4 18.4 5.6" />
      <circle cx="12" cy="12" r="1.9" fill="currentColor" stroke="none" />
    </svg>
  );
}
