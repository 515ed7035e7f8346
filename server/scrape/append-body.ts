import { setImmediate } from 'node:timers/promises';
import { ExpositionParser, type RawExemplar } from '../formats/exposition/parse.ts';
import { OpenMetricsParser } from '../formats/openmetrics/parse.ts';
import { isAppError } from '../model/app-error.ts';
import { Labels } from '../model/labels.ts';
import type { AppendOutcome, ExemplarStore, MetricAppender } from '../storage/store.ts';
import type { CachedSeries, SeriesCache } from './cache.ts';
import { scrapeError } from './errors.ts';
import type { MetadataCache } from './metadata-cache.ts';
import { type LabelSettings, sampleLabels } from './sample-labels.ts';

// Parsing, relabelling and indexing a new series takes some 30 µs: a target's first scrape must not hold up everything else.
const NEW_SERIES_AT_ONCE = 250;

/** What decides how a body becomes samples. */
export interface AppendSettings extends LabelSettings {
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly sampleLimit: number;
}

/** Bytes and how to read them. */
export interface ScrapedBody {
  readonly body: Uint8Array;
  readonly format: 'text' | 'openmetrics';
}

/** The target's side of an append: its labels, its settings and what is known of its series. */
export interface AppendContext {
  readonly target: Labels;
  readonly settings: AppendSettings;
  readonly cache: SeriesCache;
  readonly metadata: MetadataCache;
  /** Where exemplars go; without it they are passed over. */
  readonly exemplars?: ExemplarStore | undefined;
}

/** What a body held. With an `error` nothing of it may be committed; the counts then reach up to the error. */
export interface AppendResult {
  /** Samples in the body (`scrape_samples_scraped`). */
  scraped: number;
  /** Samples left by metric relabelling (`scrape_samples_post_metric_relabeling`). */
  kept: number;
  /** Series that the cache did not know (`scrape_series_added`). */
  seriesAdded: number;
  /** Samples that storage refused. */
  refused: Partial<Record<AppendOutcome | 'too_many_series', number>>;
  /** Why new series were refused, '' when none were. */
  refusal: string;
  error: unknown;
}

/** The counts of a scrape without a body. */
export function emptyResult(error?: unknown): AppendResult {
  return { scraped: 0, kept: 0, seriesAdded: 0, refused: {}, refusal: '', error };
}

/**
 * Appends all samples of `body`, those without a time at `scrapeMs`. Between the cache's `begin` and `finish`/`abandon`; never rejects
 * for what a target sends: the error is in the result. Known series are done in one go, many new ones in several.
 */
export async function appendBody(
  { body, format }: ScrapedBody,
  scrapeMs: number,
  context: AppendContext,
  appender: MetricAppender,
): Promise<AppendResult> {
  const result = emptyResult();
  try {
    const parser = format === 'openmetrics' ? new OpenMetricsParser(body) : new ExpositionParser(body);
    await appendAll(parser, scrapeMs, context, appender, result);
  } catch (error) {
    result.error = error;
  }
  return result;
}

async function appendAll(
  parser: ExpositionParser,
  scrapeMs: number,
  context: AppendContext,
  appender: MetricAppender,
  result: AppendResult,
): Promise<void> {
  const { cache, metadata, settings } = context;
  const limit = settings.sampleLimit > 0 ? settings.sampleLimit : Number.POSITIVE_INFINITY;
  let appended = 0;
  let added = 0;
  for (;;) {
    let series = cache.readExpected(parser);
    if (!series) {
      const entry = parser.next();
      if (entry === 'end') break;
      if (entry !== 'series') {
        metadata.read(parser, entry);
        continue;
      }
      series = cache.find(parser);
    }
    result.scraped++;
    const isNew = series === undefined;
    series ??= addSeries(parser, context, appender, result);
    if (isNew && ++added % NEW_SERIES_AT_ONCE === 0) await setImmediate();
    if (!series) continue;
    const isFirst = cache.see(series, parser);
    if (series.ref === undefined) continue;
    result.kept++;
    const hasOwnTime = settings.honorTimestamps && parser.hasTimestamp;
    if (!hasOwnTime && !isFirst) {
      count(result, 'duplicate_other_value');
      continue;
    }
    // Beyond the limit only counting goes on, so that the error can be judged by scrape_samples_scraped.
    if (++appended > limit) continue;
    const outcome = appendSample(appender, series.ref, hasOwnTime ? parser.timestampMs : scrapeMs, parser.value);
    const isIn = outcome === 'ok' || outcome === 'duplicate';
    if (!isIn) count(result, outcome);
    // A series whose first sample was refused is not there yet.
    if (parser.exemplar && context.exemplars && (isIn || !isNew))
      appendExemplar(parser, series, hasOwnTime ? parser.timestampMs : scrapeMs, context);
    if (isIn && isNew) result.seriesAdded++;
    if ((isIn || isNew) && (!hasOwnTime || settings.trackTimestampsStaleness)) cache.track(series);
  }
  if (appended > limit) {
    throw scrapeError('scrape.sample_limit', `sample limit exceeded (samples: ${appended}, limit: ${limit})`);
  }
}

function appendSample(appender: MetricAppender, ref: number, timestampMs: number, value: number): AppendOutcome {
  // The format allows any 64-bit time; what a double cannot hold exactly lies far beyond any clock.
  return Number.isSafeInteger(timestampMs) ? appender.append(ref, timestampMs, value) : 'too_far_in_future';
}

/** More is refused, as OpenMetrics says: an exemplar points at something, it does not hold it. */
const MAX_EXEMPLAR_CHARACTERS = 128;

function appendExemplar(parser: ExpositionParser, series: CachedSeries, sampleMs: number, context: AppendContext): void {
  const { labels: raw, value, timestampMs } = parser.exemplar as RawExemplar;
  const labels = Labels.fromEntries(raw);
  if (labels.flat.reduce((sum, text) => sum + [...text].length, 0) > MAX_EXEMPLAR_CHARACTERS) return;
  const last = series.exemplar;
  // A target repeats its exemplars at every scrape; one without a time would be new each time.
  if (last && last.value === value && last.labels.equals(labels) && (timestampMs === undefined || timestampMs === last.timestampMs)) return;
  series.labels ??= sampleLabels(parser.labels(), context.target, context.settings);
  if (!series.labels) return;
  series.exemplar = { labels, value, timestampMs: timestampMs ?? sampleMs };
  context.exemplars?.append(series.labels, series.exemplar);
}

function addSeries(
  parser: ExpositionParser,
  { target, settings, cache }: AppendContext,
  appender: MetricAppender,
  result: AppendResult,
): CachedSeries | undefined {
  const labels = sampleLabels(parser.labels(), target, settings);
  if (labels === undefined) return cache.add(parser, undefined);
  try {
    return cache.add(parser, appender.seriesRef(labels));
  } catch (error) {
    if (!isAppError(error, 'storage.too_many_series')) throw error;
    // A full store must not take down every target that shows one new series: the others go on.
    count(result, 'too_many_series');
    result.refusal = error.message;
    return undefined;
  }
}

function count(result: AppendResult, outcome: AppendOutcome | 'too_many_series'): void {
  result.refused[outcome] = (result.refused[outcome] ?? 0) + 1;
}
