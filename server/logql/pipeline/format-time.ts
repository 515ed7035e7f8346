// Functions on times that the templates of line_format and label_format have.
import type { Clock } from '../../model/clock.ts';
import { templateError } from '../../template/errors.ts';
import { formatGoTime, type GoTime, goTime, isGoTime } from '../../template/time.ts';
import { parseGoTime } from '../../template/time-parse.ts';
import { ANY, type GoFunction, type GoValue, typeName } from '../../template/value.ts';

/** A time of so many nanoseconds since the epoch. */
export function timeOfNs(ns: bigint): GoTime {
  const rest = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return goTime(Number((ns - rest) / 1_000_000n), 'UTC', Number(rest));
}

const nsOf = ({ timeMs, restNs }: GoTime) => BigInt(timeMs) * 1_000_000n + BigInt(restNs);

function toTime(value: GoValue): GoTime {
  if (isGoTime(value)) return value;
  throw templateError('template.function', `wrong type for value; expected time.Time; got ${typeName(value)}`);
}

const onTime = (call: (time: GoTime) => GoValue): GoFunction => ({ params: ['time.Time'], call: (time) => call(toTime(time)) });

/** How many digits the units have in our days. */
const UNITS: ReadonlyMap<number, bigint> = new Map([
  [5, 86_400_000_000_000n],
  [10, 1_000_000_000n],
  [13, 1_000_000n],
  [16, 1_000n],
  [19, 1n],
]);

function unixToTime(epoch: string): GoTime {
  const unit = /^\d+$/.test(epoch) ? UNITS.get(epoch.length) : undefined;
  if (unit === undefined)
    throw templateError(
      'template.function',
      `unable to parse time '${epoch}': expected 5 (days), 10 (seconds), 13 (milliseconds), 16 (microseconds) or 19 (nanoseconds) digits`,
    );
  return timeOfNs(BigInt(epoch) * unit);
}

/** Anything that sprig's `date` takes: a time, or seconds since the epoch. */
function toDateValue(value: GoValue): GoTime {
  if (typeof value === 'bigint') return timeOfNs(value * 1_000_000_000n);
  if (typeof value === 'number') return timeOfNs(BigInt(Math.trunc(value)) * 1_000_000_000n);
  return toTime(value);
}

export function timeFunctions(clock: Clock): Record<string, GoFunction> {
  return {
    now: { params: [], call: () => goTime(clock.nowMs()) },
    date: {
      params: ['string', ANY],
      call: (layout, value) => {
        const time = toDateValue(value);
        return formatGoTime(time.timeMs, time.zone, layout as string, time.restNs);
      },
    },
    toDate: { params: ['string', 'string'], call: (layout, text) => parseGoTime(layout as string, text as string) },
    toDateInZone: {
      params: ['string', 'string', 'string'],
      call: (layout, zone, text) => parseGoTime(layout as string, text as string, zone as string),
    },
    unixEpoch: onTime((time) => String(nsOf(time) / 1_000_000_000n)),
    unixEpochMillis: onTime((time) => String(nsOf(time) / 1_000_000n)),
    unixEpochNanos: onTime((time) => String(nsOf(time))),
    unixToTime: { params: ['string'], call: (epoch) => unixToTime(epoch as string) },
  };
}
