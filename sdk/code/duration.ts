import { CodeError, type CodeErrorCode } from './errors.ts';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'y';

/** A duration as Prometheus writes it: `30s`, `5m`, `1h30m`. */
export type Duration = `${number}${Unit}` | `${number}${Unit}${number}${Unit}`;

/** The range of a range selector: a duration, or a variable of a dashboard such as `$__rate_interval`. */
export type Range = Duration | `$${string}`;

/** What Grafana fills in so that every window holds a few scrapes: the range of `rate` and the like in a dashboard. */
export const RATE_INTERVAL: Range = '$__rate_interval';

const DURATION = /^(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

/** Whether `text` is a range rather than the name of a label, which can begin neither with a digit nor with `$`. */
export function isRange(text: string): text is Range {
  return /^[\d$]/.test(text);
}

/** `text` where it is a duration; throws `code` with a message that begins with `place` otherwise. */
export function checkDuration(text: string, place: string, code: CodeErrorCode = 'code.invalid_duration'): string {
  if (DURATION.test(text)) return text;
  throw new CodeError(code, `${place}: "${text}" is not a duration; write it like 30s, 5m or 1h30m, largest unit first`);
}

/** `text` where it is a range; throws `code.invalid_duration` otherwise. */
export function checkRange(text: string): string {
  return text.startsWith('$') ? text : checkDuration(text, 'range');
}
