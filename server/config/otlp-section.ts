// The section `otlp` of prometheus.yml: how metrics of OpenTelemetry become series.
import type { ConfigFile } from './config-file.ts';
import { filledText, flag, listOf, oneOf, section } from './fields.ts';

const STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

/** How names are written: with or without escaping, with or without suffixes for unit and type. */
export type TranslationStrategy = (typeof STRATEGIES)[number];

/** The section, defaults filled in. */
export interface OtlpSettings {
  /** Attributes of the resource that become labels of each of its series. */
  readonly promoteResourceAttributes: readonly string[];
  readonly promoteAllResourceAttributes: boolean;
  /** Not promoted where all are. */
  readonly ignoreResourceAttributes: readonly string[];
  readonly translationStrategy: TranslationStrategy;
  /** Keeps service.name, service.namespace and service.instance.id in target_info. */
  readonly keepIdentifyingResourceAttributes: boolean;
  readonly convertHistogramsToNhcb: boolean;
  /** Labels `otel_scope_…`. */
  readonly promoteScopeMetadata: boolean;
  /** `key_` before names of labels that begin with one underscore. */
  readonly labelNameUnderscoreSanitization: boolean;
  readonly labelNamePreserveMultipleUnderscores: boolean;
}

/** Upstream's defaults. */
export const DEFAULT_OTLP: OtlpSettings = Object.freeze({
  promoteResourceAttributes: [],
  promoteAllResourceAttributes: false,
  ignoreResourceAttributes: [],
  translationStrategy: 'UnderscoreEscapingWithSuffixes',
  keepIdentifyingResourceAttributes: false,
  convertHistogramsToNhcb: false,
  promoteScopeMetadata: false,
  labelNameUnderscoreSanitization: true,
  labelNamePreserveMultipleUnderscores: true,
});

const otlpSection = section({
  promote_resource_attributes: listOf(filledText()),
  promote_all_resource_attributes: flag().default(false),
  ignore_resource_attributes: listOf(filledText()),
  translation_strategy: oneOf(['', ...STRATEGIES]).default(''),
  keep_identifying_resource_attributes: flag().default(false),
  convert_histograms_to_nhcb: flag().default(false),
  promote_scope_metadata: flag().default(false),
  label_name_underscore_sanitization: flag().default(true),
  label_name_preserve_multiple_underscores: flag().default(true),
});

/** Reads `otlp` of prometheus.yml; defaults when it is not there or has faults. */
export function readOtlpSection(file: ConfigFile): OtlpSettings {
  if (!file.has(['otlp'])) return DEFAULT_OTLP;
  const settings = file.read(otlpSection, ['otlp']);
  if (!settings) return DEFAULT_OTLP;
  const { promote_resource_attributes: promoted, promote_all_resource_attributes: promotesAll } = settings;
  const { ignore_resource_attributes: ignored } = settings;
  const strategy = settings.translation_strategy || DEFAULT_OTLP.translationStrategy;
  if (promotesAll && promoted.length > 0)
    file.error(
      ['otlp', 'promote_all_resource_attributes'],
      "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously",
    );
  if (!promotesAll && ignored.length > 0)
    file.error(
      ['otlp', 'ignore_resource_attributes'],
      "'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true",
    );
  checkAttributes(file, 'promote_resource_attributes', promoted);
  checkAttributes(file, 'ignore_resource_attributes', ignored);
  if (!strategy.startsWith('UnderscoreEscaping') && file.text(['global', 'metric_name_validation_scheme']) === 'legacy')
    file.error(
      ['otlp', 'translation_strategy'],
      `OTLP translation strategy "${strategy}" is not allowed when UTF8 is disabled; take UnderscoreEscapingWithSuffixes, or set metric_name_validation_scheme: utf8`,
    );
  return {
    promoteResourceAttributes: promoted,
    promoteAllResourceAttributes: promotesAll,
    ignoreResourceAttributes: ignored,
    translationStrategy: strategy,
    keepIdentifyingResourceAttributes: settings.keep_identifying_resource_attributes,
    convertHistogramsToNhcb: settings.convert_histograms_to_nhcb,
    promoteScopeMetadata: settings.promote_scope_metadata,
    labelNameUnderscoreSanitization: settings.label_name_underscore_sanitization,
    labelNamePreserveMultipleUnderscores: settings.label_name_preserve_multiple_underscores,
  };
}

function checkAttributes(file: ConfigFile, key: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    const trimmed = name.trim();
    if (trimmed === '') file.error(['otlp', key, i], 'empty attribute name');
    else if (seen.has(trimmed)) file.error(['otlp', key, i], `duplicated attribute "${trimmed}"`);
    seen.add(trimmed);
  }
}
