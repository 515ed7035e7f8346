// Objectives in words: states, shares, times.
import type { SloState, SloStatus } from '@alidade/sdk/schema';
import { dateText } from '../../format/date.ts';
import { formatDuration } from '../../format/duration.ts';
import type { IconName } from '../../kit/icon.tsx';
import type { Tone } from '../../kit/status.tsx';

/** How a state is shown: never by colour alone. */
export const STATE_WORDS: Readonly<Record<SloState, { readonly tone: Tone; readonly icon: IconName; readonly word: string }>> = {
  ok: { tone: 'ok', icon: 'ok', word: 'On target' },
  burning: { tone: 'warn', icon: 'warning', word: 'Burning' },
  exhausted: { tone: 'bad', icon: 'critical', word: 'Budget spent' },
  'low-traffic': { tone: 'idle', icon: 'minor', word: 'Too few events' },
  'no-data': { tone: 'warn', icon: 'unknown', word: 'No data' },
};

/** "99.95 %", "−1,274.3 %"; "–" when it is not known. Less than all is never shown as 100 %: 0.999999 has as many nines as it needs. */
export function shareText(share: number | null, decimals = 3): string {
  if (share === null) return '–';
  const percent = Number((share * 100).toFixed(decimals));
  if (percent === 100 && share < 1 && decimals > 1 && decimals < 9) return shareText(share, decimals + 1);
  return `${percent < 0 ? '−' : ''}${Math.abs(percent).toLocaleString('en-US', { maximumFractionDigits: decimals })} %`;
}

/** A burn rate: "14.4×"; "–" without events. */
export function burnText(rate: number | null): string {
  if (rate === null) return '–';
  return `${rate >= 100 ? Math.round(rate) : Number(rate.toFixed(rate >= 10 ? 1 : 2))}×`;
}

/** The burn rate over a window; null when it is not known. */
export function burnOver(status: SloStatus, window: string): number | null {
  return status.burnRates.find((one) => one.window === window)?.rate ?? null;
}

const HOUR_MS = 3_600_000;

/** When the budget is gone: in how long, and on which day. undefined while nothing burns. */
export function exhaustionText(status: SloStatus): { readonly left: string; readonly date: string } | undefined {
  const { exhaustedInHours: hours, timeMs } = status;
  if (hours === null) return undefined;
  if (hours === 0) return { left: 'spent', date: '' };
  // Beyond ten windows it is no forecast any more.
  return { left: `in ${coarse(hours * HOUR_MS)}`, date: hours > 24 * 3_650 ? '' : dateText(timeMs + hours * HOUR_MS) };
}

/** One unit is precise enough for a forecast: "14 h", "3 d". */
function coarse(ms: number): string {
  const words = formatDuration(ms).split(' ');
  const isRough = words.length > 2 && (words[1] === 'd' ? Number(words[0]) >= 3 : Number(words[0]) >= 6);
  return (isRough ? words.slice(0, 2) : words).join(' ');
}

/** Whether an objective wants somebody's attention. */
export function needsCare({ state }: SloStatus): boolean {
  return state === 'exhausted' || state === 'burning' || state === 'no-data';
}

/** The address of an objective's screen. */
export function sloLink({ service, name }: { readonly service: string; readonly name: string }): string {
  return `/slo/${encodeURIComponent(service)}/${encodeURIComponent(name)}`;
}
