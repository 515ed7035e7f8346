// Grafana's unit ids → text. A formatter answers prefix, text and suffix apart, because a stat shows them in different sizes.
import { toFixed } from './number.ts';

/** `prefix + text + suffix` is the whole; the suffix carries its own leading space. */
export interface FormattedValue {
  readonly prefix: string;
  readonly text: string;
  readonly suffix: string;
}

/** `decimals` undefined = Grafana's automatic choice. */
export type Formatter = (value: number, decimals?: number) => FormattedValue;

function make(text: string, suffix = '', prefix = ''): FormattedValue {
  return { prefix, text, suffix };
}

const fixed =
  (suffix = '', prefix = ''): Formatter =>
  (value, decimals) =>
    make(toFixed(value, decimals), suffix, prefix);

/** Divides by `factor` until the number is below it; `names` are the suffixes, the first for what needs no division. */
const scaled =
  (factor: number, names: readonly string[], prefix = ''): Formatter =>
  (value, decimals) => {
    let step = 0;
    let rest = value;
    while (Math.abs(rest) >= factor && step < names.length - 1 && Number.isFinite(rest)) {
      rest /= factor;
      step++;
    }
    return make(toFixed(rest, decimals), names[step], prefix);
  };

const SI_LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SI_SMALL = ['', 'm', 'µ', 'n', 'p', 'f'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/** SI prefixes both ways: 1500 W → 1.5 kW, 0.002 W → 2 mW. `offset` 1 means that the unit itself is already kilo. */
const si =
  (unit: string, offset = 0): Formatter =>
  (value, decimals) => {
    let step = offset;
    let rest = value;
    while (Math.abs(rest) >= 1000 && step < SI_LARGE.length - 1 && Number.isFinite(rest)) {
      rest /= 1000;
      step++;
    }
    while (rest !== 0 && Math.abs(rest) < 1 && step > -(SI_SMALL.length - 1)) {
      rest *= 1000;
      step--;
    }
    const prefix = step >= 0 ? SI_LARGE[step] : SI_SMALL[-step];
    return make(toFixed(rest, decimals), ` ${prefix}${unit}`);
  };

const binary = (unit: string, offset = 0): Formatter =>
  scaled(
    1024,
    IEC.slice(offset).map((prefix) => ` ${prefix}${unit}`),
  );
const decimal = (unit: string, offset = 0): Formatter =>
  scaled(
    1000,
    SI_LARGE.slice(offset).map((prefix) => ` ${prefix}${unit}`),
  );

/** "1.23K req/s". */
const count =
  (unit: string): Formatter =>
  (value, decimals) => {
    const { text, suffix } = scaled(1000, ['', 'K', 'M', 'B', 'T'])(value, decimals);
    return make(text, `${suffix} ${unit}`);
  };

const currency = (symbol: string): Formatter => scaled(1000, ['', 'K', 'M', 'B', 'T'], symbol);

/** Seconds upwards to years and downwards to nanoseconds. */
const seconds: Formatter = (value, decimals) => {
  const size = Math.abs(value);
  if (value === 0) return make(toFixed(0, decimals), ' s');
  if (size < 1e-6) return make(toFixed(value * 1e9, decimals), ' ns');
  if (size < 1e-3) return make(toFixed(value * 1e6, decimals), ' µs');
  if (size < 1) return make(toFixed(value * 1e3, decimals), ' ms');
  if (size < 60) return make(toFixed(value, decimals), ' s');
  if (size < 3_600) return make(toFixed(value / 60, decimals), ' mins');
  if (size < 86_400) return make(toFixed(value / 3_600, decimals), ' hours');
  if (size < 604_800) return make(toFixed(value / 86_400, decimals), ' days');
  if (size < 31_536_000) return make(toFixed(value / 604_800, decimals), ' weeks');
  return make(toFixed(value / 31_556_900, decimals), ' years');
};

const times =
  (factor: number): Formatter =>
  (value, decimals) =>
    value === 0 ? make(toFixed(0, decimals), factor === 1e-3 ? ' ms' : ' s') : seconds(value * factor, decimals);

const milliseconds: Formatter = (value, decimals) =>
  Math.abs(value) < 1_000 ? make(toFixed(value, decimals), ' ms') : times(1e-3)(value, decimals);

const clock: Formatter = (value) => {
  const whole = Math.floor(Math.abs(value));
  const two = (part: number) => String(part).padStart(2, '0');
  return make(`${value < 0 ? '-' : ''}${two(Math.floor(whole / 3_600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`);
};

const words: readonly (readonly [string, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** "1 hour, 2 minutes": the two largest parts that are not zero. */
const duration: Formatter = (value) => {
  let rest = Math.floor(Math.abs(value));
  const parts: string[] = [];
  for (const [word, size] of words) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${word}${amount === 1 ? '' : 's'}`);
  }
  return make(parts.slice(0, 2).join(', ') || '0 seconds', value < 0 ? ' ago' : '');
};

const date =
  (options: Intl.DateTimeFormatOptions): Formatter =>
  (value) =>
    make(new Date(value).toLocaleString(undefined, options));

const truth =
  (yes: string, no: string): Formatter =>
  (value) =>
    make(value === 0 ? no : yes);

const FORMATTERS: Readonly<Record<string, Formatter>> = {
  none: fixed(),
  string: fixed(),
  short: scaled(1000, ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept']),
  sishort: scaled(1000, ['', ' K', ' M', ' G', ' T', ' P', ' E']),
  percent: fixed('%'),
  percentunit: (value, decimals) => make(toFixed(value * 100, decimals), '%'),
  humidity: fixed(' %H'),
  locale: (value, decimals) =>
    make(
      value.toLocaleString(undefined, decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
    ),
  sci: (value, decimals) => make(value.toExponential(decimals)),
  hex: (value) => make(Math.round(value).toString(16).toUpperCase()),
  hex0x: (value) => make(Math.round(value).toString(16).toUpperCase(), '', '0x'),

  bytes: binary('B'),
  kbytes: binary('B', 1),
  mbytes: binary('B', 2),
  gbytes: binary('B', 3),
  decbytes: decimal('B'),
  deckbytes: decimal('B', 1),
  decmbytes: decimal('B', 2),
  decgbytes: decimal('B', 3),
  bits: binary('b'),
  decbits: decimal('b'),
  bps: decimal('b/s'),
  Bps: decimal('B/s'),
  binbps: binary('b/s'),
  binBps: binary('B/s'),
  pps: decimal('p/s'),
  kbits: decimal('b/s', 1),
  KBs: decimal('B/s', 1),
  Mbits: decimal('b/s', 2),
  MBs: decimal('B/s', 2),

  ns: times(1e-9),
  µs: times(1e-6),
  ms: milliseconds,
  s: seconds,
  m: times(60),
  h: times(3_600),
  d: times(86_400),
  hertz: si('Hz'),
  dtdurations: duration,
  dtdurationms: (value) => duration(value / 1000),
  dthms: clock,
  dthmsms: (value) => clock(value / 1000),
  timeticks: (value, decimals) => seconds(value / 100, decimals),
  clocks: clock,
  dateTimeAsIso: date({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  dateTimeAsLocal: date({}),
  dateTimeAsSystem: date({}),

  ops: count('ops/s'),
  reqps: count('req/s'),
  rps: count('rd/s'),
  wps: count('wr/s'),
  iops: count('io/s'),
  eps: count('evt/s'),
  mps: count('msg/s'),
  recps: count('rec/s'),
  rowsps: count('rows/s'),
  cps: count('c/s'),
  opm: count('ops/m'),
  reqpm: count('req/m'),
  rpm: count('rd/m'),
  wpm: count('wr/m'),
  cpm: count('c/m'),

  watt: si('W'),
  kwatt: si('W', 1),
  voltamp: si('VA'),
  watth: si('Wh'),
  kwatth: si('Wh', 1),
  joule: si('J'),
  amp: si('A'),
  volt: si('V'),
  celsius: fixed(' °C'),
  fahrenheit: fixed(' °F'),
  kelvin: fixed(' K'),
  rotrpm: fixed(' rpm'),
  rothz: si('Hz'),
  flops: si('FLOPS'),
  mflops: si('FLOPS', 2),
  gflops: si('FLOPS', 3),

  currencyUSD: currency('$'),
  currencyEUR: currency('€'),
  currencyGBP: currency('£'),
  currencyJPY: currency('¥'),
  currencyCHF: currency('CHF '),
  bool: truth('True', 'False'),
  bool_yes_no: truth('Yes', 'No'),
  bool_on_off: truth('On', 'Off'),
};

const CUSTOM: Readonly<Record<string, (rest: string) => Formatter>> = {
  suffix: (rest) => fixed(rest.startsWith(' ') ? rest : ` ${rest}`),
  prefix: (rest) => fixed('', rest),
  count,
  si: (rest) => si(rest),
  currency: (rest) => currency(rest),
  bool: (rest) => truth(rest.split('/')[0] ?? 'True', rest.split('/')[1] ?? 'False'),
};

/** The formatter of a Grafana unit id, also of custom ones ("suffix:rows", "si:Wh", "count:x"); an unknown id is shown after the number, as Grafana does. */
export function unitFormatter(unit: string | undefined): Formatter {
  if (unit === undefined || unit === '') return fixed();
  const known = Object.hasOwn(FORMATTERS, unit) ? FORMATTERS[unit] : undefined;
  if (known) return known;
  const colon = unit.indexOf(':');
  const kind = unit.slice(0, Math.max(0, colon));
  const custom = Object.hasOwn(CUSTOM, kind) ? CUSTOM[kind] : undefined;
  return custom ? custom(unit.slice(colon + 1)) : fixed(` ${unit}`);
}

/** The whole text of a value in a unit. */
export function formatUnit(unit: string | undefined, value: number, decimals?: number): string {
  const { prefix, text, suffix } = unitFormatter(unit)(value, decimals);
  return prefix + text + suffix;
}

/** What kind of steps suit an axis of this unit. */
export function unitScale(unit: string | undefined): 'decimal' | 'binary' | 'seconds' | 'milliseconds' {
  if (unit === 's') return 'seconds';
  if (unit === 'ms') return 'milliseconds';
  return /^(k|m|g)?bytes$|^bits$|^bin[bB]ps$/.test(unit ?? '') ? 'binary' : 'decimal';
}
