// Field options: how one series is shown. Reads Grafana's form of today and the value mappings of versions 6 and 7.
import type { FieldConfig, FieldOverride, MappingResult, ThresholdStep, Thresholds, ValueMapping } from '@alidade/sdk/schema';
import { asNumber, asRecord, asRecords, asText, asWord, defined, type JsonRecord } from './loose-json.ts';

/** `fieldConfig` with defaults filled in. */
export function readFieldConfig(value: unknown): { defaults: FieldConfig; overrides: readonly FieldOverride[] } {
  const { defaults, overrides } = asRecord(value);
  return { defaults: readDefaults(asRecord(defaults)), overrides: asRecords(overrides).map(readOverride) };
}

function readDefaults(raw: JsonRecord): FieldConfig {
  const color = asRecord(raw.color);
  const fixedColor = typeof color.fixedColor === 'string' ? { fixedColor: color.fixedColor } : {};
  return {
    ...defined({
      unit: textOrNone(raw.unit),
      decimals: asNumber(raw.decimals),
      min: asNumber(raw.min),
      max: asNumber(raw.max),
      displayName: textOrNone(raw.displayName),
      noValue: textOrNone(raw.noValue),
      color: typeof color.mode === 'string' ? { mode: color.mode, ...fixedColor } : undefined,
      thresholds: readThresholds(raw.thresholds),
    }),
    mappings: asRecords(raw.mappings).flatMap(readMapping),
    custom: asRecord(raw.custom),
  };
}

function readOverride(raw: JsonRecord): FieldOverride {
  const matcher = asRecord(raw.matcher);
  return {
    matcher: { id: asText(matcher.id), options: matcher.options },
    properties: asRecords(raw.properties).map(({ id, value }) => ({ id: asText(id), value: readProperty(asText(id), value) })),
  };
}

function readProperty(id: string, value: unknown): unknown {
  if (id === 'mappings') return asRecords(value).flatMap(readMapping);
  if (id === 'thresholds') return readThresholds(value);
  return value;
}

/** Thresholds with the first step at minus infinity; undefined when there are none. */
export function readThresholds(value: unknown): Thresholds | undefined {
  const { mode, steps } = asRecord(value);
  const read = asRecords(steps).map((step): ThresholdStep => ({ value: asNumber(step.value) ?? null, color: asText(step.color, 'green') }));
  if (read.length === 0) return undefined;
  const [first, ...rest] = read as [ThresholdStep, ...ThresholdStep[]];
  const isPlaced = first.value === null;
  const all = isPlaced ? read : [{ value: null, color: 'green' }, first, ...rest];
  return { mode: mode === 'percentage' ? 'percentage' : 'absolute', steps: all.filter((step, i) => i === 0 || step.value !== null) };
}

function readMapping(raw: JsonRecord): ValueMapping[] {
  const options = asRecord(raw.options);
  switch (raw.type) {
    case 'value': {
      const entries = Object.entries(options).map(([value, result]) => [value, readResult(result)] as const);
      return [{ type: 'value', options: Object.fromEntries(entries) }];
    }
    case 'range':
      return [
        {
          type: 'range',
          options: { from: asNumber(options.from) ?? null, to: asNumber(options.to) ?? null, result: readResult(options.result) },
        },
      ];
    case 'regex':
      return [{ type: 'regex', options: { pattern: asText(options.pattern), result: readResult(options.result) } }];
    case 'special':
      return [{ type: 'special', options: { match: asWord(options.match), result: readResult(options.result) } }];
    default:
      return readOldMapping(raw);
  }
}

/** `{type: 1, value, text}` and `{type: 2, from, to, text}`, as Grafana wrote them before version 8. */
function readOldMapping(raw: JsonRecord): ValueMapping[] {
  const result = { text: asWord(raw.text) };
  const value = asWord(raw.value);
  if (value === 'null') return [{ type: 'special', options: { match: 'null', result } }];
  const isRange = raw.type === 2 || (raw.type === undefined && raw.from !== undefined);
  if (isRange) return [{ type: 'range', options: { from: asNumber(raw.from) ?? null, to: asNumber(raw.to) ?? null, result } }];
  return value === '' ? [] : [{ type: 'value', options: { [value]: result } }];
}

function readResult(value: unknown): MappingResult {
  const raw = asRecord(value);
  return defined({ text: raw.text === undefined ? undefined : asWord(raw.text), color: textOrNone(raw.color), index: asNumber(raw.index) });
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
