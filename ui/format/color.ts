// Grafana's colour names → our tokens, so that "green" is readable on paper and on ink.
import { tokenValue } from '../kit/theme.ts';

/** Series colours are tokens series-1 … series-10. */
export const SERIES_COLORS = 10;

const NAMED = /^(dark|semi-dark|light|super-light)?-?(red|orange|yellow|green|blue|purple)$/;
const TOWARDS: Readonly<Record<string, string>> = {
  dark: 'color-mix(in srgb, VALUE 72%, black)',
  'semi-dark': 'color-mix(in srgb, VALUE 86%, black)',
  light: 'color-mix(in srgb, VALUE 76%, white)',
  'super-light': 'color-mix(in srgb, VALUE 55%, white)',
};

/** CSS colour for a colour of a dashboard file: a Grafana name ("dark-red"), "text", "transparent", or any CSS colour. */
export function cssColor(color: string): string {
  if (color === 'text') return 'var(--ink)';
  if (color === 'transparent') return 'transparent';
  if (color === 'panel-bg') return 'var(--surface)';
  const named = NAMED.exec(color);
  if (named === null) return isPlainColor(color) ? color : 'var(--ink-3)';
  const base = `var(--named-${named[2]})`;
  return named[1] === undefined ? base : (TOWARDS[named[1]] ?? 'VALUE').replace('VALUE', base);
}

/** Colour of the nth series, counted from 0. */
export function seriesColor(index: number): string {
  return `var(--series-${(index % SERIES_COLORS) + 1})`;
}

/** Nothing but a colour may get from a file into a style. */
function isPlainColor(text: string): boolean {
  return /^#[0-9a-f]{3,8}$/i.test(text) || /^(rgb|rgba|hsl|hsla)\([\d\s.,%/deg]+\)$/i.test(text) || /^[a-z]{3,20}$/i.test(text);
}

/** A CSS colour with tokens replaced by the values of the theme in force, for canvas. */
export function resolvedColor(color: string): string {
  return color.replace(/var\(--([a-z0-9-]+)\)/g, (_, token: string) => tokenValue(token));
}

/** The same colour at an opacity from 0 to 1, for canvas and styles alike. */
export function withOpacity(color: string, opacity: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(opacity * 1000) / 10}%, transparent)`;
}

/** What a named colour says as a status, so that an icon and a word can go with it; undefined for colours without a meaning. */
export function colorTone(color: string | undefined): 'ok' | 'warn' | 'bad' | undefined {
  const hue = color === undefined ? undefined : (NAMED.exec(color)?.[2] ?? hueOfHex(color));
  if (hue === 'green') return 'ok';
  if (hue === 'yellow' || hue === 'orange') return 'warn';
  return hue === 'red' ? 'bad' : undefined;
}

function hueOfHex(color: string): string | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (found === null) return undefined;
  const [red, green, blue] = [found[1], found[2], found[3]].map((part) => Number.parseInt(part ?? '0', 16)) as [number, number, number];
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 60 || blue === most) return undefined;
  if (green >= red) return green - red > 40 ? 'green' : 'yellow';
  return green > red * 0.5 ? 'orange' : 'red';
}
