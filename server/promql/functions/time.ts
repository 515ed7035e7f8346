// timestamp, and the parts of a date in UTC. Without an argument they look at the evaluation time.
import { Labels } from '../../model/labels.ts';
import { dropNames, mapCells } from '../../vector/rows.ts';
import { promqlError } from '../errors.ts';
import { unwrap } from '../parse/ast.ts';
import { argOf, type VectorFunction } from './function.ts';

export const TIME_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  timestamp(call, context) {
    const arg = unwrap(argOf(call, 0));
    if (arg.kind === 'selector') return dropNames(context.sampleTimes(arg));
    // Floats or histograms: each has its time.
    const { histograms: _, ...samples } = context.vector(arg);
    return dropNames(mapCells(samples, (_, t) => (context.timesMs[t] as number) / 1000));
  },
  start_timestamp() {
    throw promqlError(
      'promql.execution',
      'start_timestamp() needs start timestamps of samples, which are not stored here: use timestamp() or ts_of_first_over_time()',
    );
  },
  minute: datePart((date) => date.minute),
  hour: datePart((date) => date.hour),
  day_of_week: datePart((date) => date.weekday),
  day_of_month: datePart((date) => date.day),
  day_of_year: datePart((date) => date.yearDay),
  days_in_month: datePart((date) => date.daysInMonth),
  month: datePart((date) => date.month),
  year: datePart((date) => date.year),
};

interface CalendarDate {
  readonly year: number;
  /** From 1, as are `day` and `yearDay`. */
  readonly month: number;
  readonly day: number;
  readonly yearDay: number;
  readonly daysInMonth: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

function datePart(part: (date: CalendarDate) => number): VectorFunction {
  return (call, context) => {
    const arg = call.args[0];
    if (arg) return dropNames(mapCells(context.vector(arg), (seconds) => part(calendarDate(seconds))));
    const values = context.timesMs.map((timeMs) => part(calendarDate(timeMs / 1000)));
    return { steps: values.length, labels: [Labels.EMPTY], values, present: new Uint8Array(values.length).fill(1) };
  };
}

/** What upstream's 64-bit arithmetic makes of a time that is no number or does not fit. */
const BEYOND_TIME: CalendarDate = {
  year: 292_277_026_596,
  month: 12,
  day: 4,
  yearDay: 339,
  daysInMonth: 31,
  weekday: 0,
  hour: 15,
  minute: 30,
};

const DAY_SECONDS = 86_400;
const DAYS_IN_400_YEARS = 146_097;
/** Days from 0000-03-01 to 1970-01-01 (proleptic Gregorian calendar). */
const EPOCH_DAYS = 719_468;

/** Beyond 2^53 seconds a difference of doubles is not exact. */
function wholeDays(seconds: number, rest: number): number {
  if (Number.isSafeInteger(seconds)) return (seconds - rest) / DAY_SECONDS;
  return Number((BigInt(seconds) - BigInt(rest)) / BigInt(DAY_SECONDS));
}

/** The date of whole seconds since the epoch; years begin in March while computing, so that the leap day comes last. */
function calendarDate(unixSeconds: number): CalendarDate {
  if (!(Math.abs(unixSeconds) < 2 ** 63)) return BEYOND_TIME;
  const seconds = Math.trunc(unixSeconds);
  const rest = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const days = wholeDays(seconds, rest);
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / DAYS_IN_400_YEARS);
  const dayOfEra = shifted - era * DAYS_IN_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const marchDay = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * marchDay + 2) / 153);
  const day = marchDay - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return {
    year,
    month,
    day,
    yearDay: marchDay < 306 ? marchDay + (isLeap ? 61 : 60) : marchDay - 305,
    daysInMonth: month === 2 ? (isLeap ? 29 : 28) : 30 + ((month + Math.floor(month / 8)) % 2),
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
  };
}
