// What a job says about the formats in which targets expose metrics, about histograms and about names. `global` has most of it, too.
import { z } from 'zod';
import type { ConfigFile } from './config-file.ts';
import { flag, listOf, number, oneOf, wholeNumber } from './fields.ts';
import { scalarText, type YamlPath, type YamlValue } from './yaml-file.ts';

const PROTOCOLS = [
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
] as const;

/** A format in which targets expose metrics, by upstream's name. */
export type ScrapeProtocol = (typeof PROTOCOLS)[number];

/** Which names metrics and labels may have: any UTF-8, or only the letters of Prometheus 2. */
export type NameValidationScheme = 'utf8' | 'legacy';

const ESCAPING_SCHEMES = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;

/** How a target is asked to write names that are beyond the letters of Prometheus 2. */
export type NameEscapingScheme = (typeof ESCAPING_SCHEMES)[number];

/** How the bodies of a job's targets are asked for and read, defaults filled in. Limits: 0 = none. */
export interface ExpositionConfig {
  /** `scrape_protocols`, the preferred first. */
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  /** `fallback_scrape_protocol`: how to read a body whose Content-Type is missing or unknown. */
  readonly fallbackProtocol?: ScrapeProtocol;
  readonly scrapeNativeHistograms: boolean;
  /** The classic part of histograms that are native, too. */
  readonly alwaysScrapeClassicHistograms: boolean;
  readonly convertClassicHistogramsToNhcb: boolean;
  readonly nativeHistogramBucketLimit: number;
  /** The least growth from one bucket to the next; 0 = as the target has it. */
  readonly nativeHistogramMinBucketFactor: number;
  readonly nameValidationScheme: NameValidationScheme;
  readonly nameEscapingScheme: NameEscapingScheme;
  /** Writes `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` at every scrape. */
  readonly extraScrapeMetrics: boolean;
}

/** What Prometheus 3 asks for without `scrape_protocols`. */
export const DEFAULT_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

/** What it asks for where native histograms or times of creation are wanted: the text formats have none. */
export const PROTOBUF_FIRST: readonly ScrapeProtocol[] = ['PrometheusProto', ...DEFAULT_PROTOCOLS];

/** The same settings without any file. */
export const DEFAULT_EXPOSITION: ExpositionConfig = Object.freeze({
  scrapeProtocols: DEFAULT_PROTOCOLS,
  scrapeNativeHistograms: false,
  alwaysScrapeClassicHistograms: false,
  convertClassicHistogramsToNhcb: false,
  nativeHistogramBucketLimit: 0,
  nativeHistogramMinBucketFactor: 0,
  nameValidationScheme: 'utf8',
  nameEscapingScheme: 'allow-utf-8',
  extraScrapeMetrics: false,
});

/** A word; the empty text is as good as none, as upstream. */
const optionalWord = <const Word extends string>(words: readonly Word[]) =>
  z.preprocess((raw) => (scalarText(raw as YamlValue) === '' ? undefined : raw), oneOf(words).optional());

/** Keys that `global` and jobs share. */
export const sharedExpositionShape = {
  /** [] = absent: `checkProtocols` refuses a list that is there and empty. */
  scrape_protocols: listOf(oneOf(PROTOCOLS)) as z.ZodType<readonly ScrapeProtocol[]>,
  metric_name_validation_scheme: optionalWord(['utf8', 'legacy']) as z.ZodType<NameValidationScheme | undefined>,
  metric_name_escaping_scheme: optionalWord(ESCAPING_SCHEMES) as z.ZodType<NameEscapingScheme | undefined>,
  convert_classic_histograms_to_nhcb: flag().optional(),
  always_scrape_classic_histograms: flag().optional(),
  scrape_native_histograms: flag().optional(),
  extra_scrape_metrics: flag().optional(),
};

/** Keys of jobs. */
export const jobExpositionShape = {
  ...sharedExpositionShape,
  fallback_scrape_protocol: oneOf(PROTOCOLS).optional(),
  native_histogram_bucket_limit: wholeNumber().default(0),
  native_histogram_min_bucket_factor: number().default(0),
};

const sharedSettings = z.object(sharedExpositionShape);
const jobSettings = z.object(jobExpositionShape);

/** What `global` and the features that are turned on say; absent = not said. */
export interface ExpositionDefaults {
  readonly scrapeProtocols?: readonly ScrapeProtocol[];
  readonly prefersProtobuf: boolean;
  readonly scrapeNativeHistograms: boolean;
  readonly alwaysScrapeClassicHistograms: boolean;
  readonly convertClassicHistogramsToNhcb: boolean;
  readonly nameValidationScheme: NameValidationScheme;
  readonly nameEscapingScheme: NameEscapingScheme;
  readonly extraScrapeMetrics: boolean;
}

/** The defaults of all jobs. `features` are upstream's names of what is turned on. */
export function expositionDefaults(global: z.output<typeof sharedSettings> | undefined, features: ReadonlySet<string>): ExpositionDefaults {
  const nameValidationScheme = global?.metric_name_validation_scheme ?? 'utf8';
  return {
    ...(global && global.scrape_protocols.length > 0 && { scrapeProtocols: global.scrape_protocols }),
    prefersProtobuf: features.has('native-histograms') || features.has('created-timestamp-zero-ingestion'),
    scrapeNativeHistograms: global?.scrape_native_histograms ?? features.has('native-histograms'),
    alwaysScrapeClassicHistograms: global?.always_scrape_classic_histograms ?? false,
    convertClassicHistogramsToNhcb: global?.convert_classic_histograms_to_nhcb ?? false,
    nameValidationScheme,
    nameEscapingScheme: global?.metric_name_escaping_scheme ?? escapingOf(nameValidationScheme),
    extraScrapeMetrics: global?.extra_scrape_metrics ?? features.has('extra-scrape-metrics'),
  };
}

/** The settings of one job. */
export function toExposition(job: z.output<typeof jobSettings>, defaults: ExpositionDefaults): ExpositionConfig {
  const scrapeNativeHistograms = job.scrape_native_histograms ?? defaults.scrapeNativeHistograms;
  const usual = scrapeNativeHistograms || defaults.prefersProtobuf ? PROTOBUF_FIRST : DEFAULT_PROTOCOLS;
  return {
    scrapeProtocols: job.scrape_protocols.length > 0 ? job.scrape_protocols : (defaults.scrapeProtocols ?? usual),
    ...(job.fallback_scrape_protocol !== undefined && { fallbackProtocol: job.fallback_scrape_protocol }),
    scrapeNativeHistograms,
    alwaysScrapeClassicHistograms: job.always_scrape_classic_histograms ?? defaults.alwaysScrapeClassicHistograms,
    convertClassicHistogramsToNhcb: job.convert_classic_histograms_to_nhcb ?? defaults.convertClassicHistogramsToNhcb,
    nativeHistogramBucketLimit: job.native_histogram_bucket_limit,
    nativeHistogramMinBucketFactor: job.native_histogram_min_bucket_factor,
    ...namesOf(job.metric_name_validation_scheme, job.metric_name_escaping_scheme, defaults),
    extraScrapeMetrics: job.extra_scrape_metrics ?? defaults.extraScrapeMetrics,
  };
}

/** Upstream's checks of a job's names; `name` is the job's. */
export function checkNames(file: ConfigFile, path: YamlPath, name: string, defaults: ExpositionDefaults): void {
  const validation = sharedExpositionShape.metric_name_validation_scheme.safeParse(file.get([...path, 'metric_name_validation_scheme']));
  const escaping = sharedExpositionShape.metric_name_escaping_scheme.safeParse(file.get([...path, 'metric_name_escaping_scheme']));
  const { nameValidationScheme, nameEscapingScheme } = namesOf(validation.data, escaping.data, defaults);
  if (nameEscapingScheme !== 'allow-utf-8' || nameValidationScheme === 'utf8') return;
  const key = escaping.data === undefined ? 'metric_name_validation_scheme' : 'metric_name_escaping_scheme';
  file.error(
    file.has([...path, key]) ? [...path, key] : path,
    `utf8 metric names requested but validation scheme is not set to UTF8 for scrape config with job name "${name}"; set metric_name_escaping_scheme to underscores, dots or values, or metric_name_validation_scheme to utf8`,
  );
}

/** Upstream's checks of `scrape_protocols`; `subject` ends the message. */
export function checkProtocols(file: ConfigFile, path: YamlPath, subject: string): void {
  if (!file.has(path)) return;
  const words = file.items(path).map((item) => file.text(item));
  if (words.length === 0) file.error(path, `scrape_protocols cannot be empty for ${subject}`);
  if (new Set(words).size < words.length) file.error(path, `duplicated protocol in scrape_protocols for ${subject}`);
}

/** A job's own validation scheme decides its escaping more than the global escaping does, as upstream. */
function namesOf(
  validation: NameValidationScheme | undefined,
  escaping: NameEscapingScheme | undefined,
  defaults: ExpositionDefaults,
): Pick<ExpositionConfig, 'nameValidationScheme' | 'nameEscapingScheme'> {
  const nameValidationScheme = validation ?? defaults.nameValidationScheme;
  const usual = validation === undefined ? defaults.nameEscapingScheme : escapingOf(validation);
  return { nameValidationScheme, nameEscapingScheme: escaping ?? usual };
}

function escapingOf(validation: NameValidationScheme): NameEscapingScheme {
  return validation === 'legacy' ? 'underscores' : 'allow-utf-8';
}
