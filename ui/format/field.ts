// Grafana's field options applied to a value: mappings first, then the unit; colours by mapping, thresholds or a fixed choice.
import type { FieldConfig, FieldOverride, MappingResult, ThresholdStep, Thresholds, ValueMapping } from '@alidade/sdk/schema';
import { toFixed } from './number.ts';
import { type FormattedValue, unitFormatter } from './units.ts';

/** A value ready to be shown. `color` is a colour of the file ("red"), undefined when nothing gives one. */
export interface DisplayValue extends FormattedValue {
  readonly numeric: number | null;
  readonly color?: string;
  /** The threshold that gave the colour, absent for mapped and fixed colours. */
  readonly threshold?: ThresholdStep;
  /** True when a mapping put its text in place of the number. */
  readonly isMapped: boolean;
}

/** A field is identified by its name (the legend), its query and its kind. */
export interface FieldIdentity {
  readonly name: string;
  readonly refId: string;
}

/** How `value` is shown under `field`; null is "no value". */
export function displayValue(field: FieldConfig, value: number | null): DisplayValue {
  const mapped = findMapping(field.mappings, value);
  const threshold = value === null || Number.isNaN(value) ? undefined : activeThreshold(field, value);
  const mode = field.color?.mode ?? 'thresholds';
  const byField = mode === 'fixed' || mode === 'shades' ? field.color?.fixedColor : mode === 'thresholds' ? threshold?.color : undefined;
  const color = mapped?.color ?? byField;
  const base = { numeric: value, ...(color !== undefined && { color }), ...(mapped?.color === undefined && threshold && { threshold }) };
  if (mapped?.text !== undefined && mapped.text !== '') return { ...base, prefix: '', text: mapped.text, suffix: '', isMapped: true };
  if (value === null) return { ...base, prefix: '', text: field.noValue ?? 'No data', suffix: '', isMapped: false };
  return { ...base, ...unitFormatter(field.unit)(value, field.decimals), isMapped: false };
}

/** The whole text of `displayValue`. */
export function displayText(field: FieldConfig, value: number | null): string {
  const { prefix, text, suffix } = displayValue(field, value);
  return prefix + text + suffix;
}

/** The last step at or below the value; percentage steps are a share of min … max. */
export function activeThreshold(field: FieldConfig, value: number): ThresholdStep | undefined {
  const { thresholds } = field;
  if (thresholds === undefined) return undefined;
  return thresholds.steps.reduce<ThresholdStep | undefined>(
    (found, step) => (value >= thresholdValue(field, thresholds, step) ? step : found),
    undefined,
  );
}

/** Where a step lies on the axis; -Infinity for the first. */
export function thresholdValue(field: FieldConfig, thresholds: Thresholds, step: ThresholdStep): number {
  if (step.value === null) return Number.NEGATIVE_INFINITY;
  if (thresholds.mode !== 'percentage') return step.value;
  const min = field.min ?? 0;
  return min + ((field.max ?? 100) - min) * (step.value / 100);
}

/** The first mapping that fits. */
export function findMapping(mappings: readonly ValueMapping[] | undefined, value: number | null): MappingResult | undefined {
  for (const mapping of mappings ?? []) {
    const found = applyMapping(mapping, value);
    if (found) return found;
  }
  return undefined;
}

function applyMapping(mapping: ValueMapping, value: number | null): MappingResult | undefined {
  switch (mapping.type) {
    case 'value':
      return value !== null && Object.hasOwn(mapping.options, String(value)) ? mapping.options[String(value)] : undefined;
    case 'range': {
      const { from, to, result } = mapping.options;
      const fits =
        value !== null && (from === null || from === undefined || value >= from) && (to === null || to === undefined || value <= to);
      return fits ? result : undefined;
    }
    case 'regex':
      return value !== null && matchesPattern(mapping.options.pattern, toFixed(value)) ? mapping.options.result : undefined;
    case 'special':
      return isSpecial(mapping.options.match, value) ? mapping.options.result : undefined;
  }
}

/** Grafana's own meaning is a JavaScript expression, with or without slashes; what it runs over is a number of at most 24 characters. */
function matchesPattern(pattern: string, text: string): boolean {
  const slashes = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  try {
    return new RegExp(slashes?.[1] ?? pattern, (slashes?.[2] ?? '').replaceAll(/[^imsu]/g, '')).test(text);
  } catch {
    return false; // a pattern that is none maps nothing
  }
}

function isSpecial(match: string, value: number | null): boolean {
  if (match === 'null') return value === null;
  if (match === 'nan') return value !== null && Number.isNaN(value);
  if (match === 'null+nan') return value === null || Number.isNaN(value);
  return false;
}

/** The field options of one series: defaults with every fitting override laid over them, in order. */
export function fieldFor(
  config: { readonly defaults: FieldConfig; readonly overrides: readonly FieldOverride[] },
  identity: FieldIdentity,
): FieldConfig {
  return config.overrides
    .filter(({ matcher }) => fits(matcher, identity))
    .flatMap(({ properties }) => properties)
    .reduce((field, { id, value }) => setProperty(field, id.split('.'), value) as FieldConfig, config.defaults);
}

function fits(matcher: FieldOverride['matcher'], { name, refId }: FieldIdentity): boolean {
  const { options } = matcher;
  switch (matcher.id) {
    case 'byName':
      return options === name;
    case 'byNames': {
      const { names, mode } = (options ?? {}) as { names?: unknown; mode?: unknown };
      const listed = Array.isArray(names) && names.includes(name);
      return mode === 'exclude' ? !listed : listed;
    }
    case 'byRegexp':
      return typeof options === 'string' && name.length <= 500 && matchesPattern(options, name);
    case 'byFrameRefID':
      return options === refId;
    case 'byType':
      return options === 'number';
    default:
      return false;
  }
}

/** A copy with the member at `path` replaced: ["custom", "lineWidth"]. */
function setProperty(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const members = typeof target === 'object' && target !== null ? (target as Record<string, unknown>) : {};
  return { ...members, [key]: setProperty(members[key], rest, value) };
}
