import { setImmediate } from 'node:timers/promises';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import type { MetricParser, RawLabel } from '../formats/exposition/metric-parser.ts';
import { ExpositionParser } from '../formats/exposition/parse.ts';
import { ProtobufParser } from '../formats/exposition-protobuf/parse.ts';
import { OpenMetricsParser } from '../formats/openmetrics/parse.ts';
import { isAppError } from '../model/app-error.ts';
import type { Labels } from '../model/labels.ts';
import type { AppendOutcome, ExemplarStore, MetricAppender, SeriesRef } from '../storage/store.ts';
import { appendExemplars } from './append-exemplars.ts';
import type { CachedSeries, SeriesCache } from './cache.ts';
import { ClassicCollector, type ClassicPart, type CollectedHistogram, classicPartOf, nativePartOf } from './classic-collector.ts';
import type { ScrapeFeatures } from './features.ts';
import type { HistogramSettings } from './fit-histogram.ts';
import type { MetadataCache } from './metadata-cache.ts';
import { SampleIdentity } from './sample-identity.ts';
import { type LabelSettings, sampleLabels } from './sample-labels.ts';
import { type Sample, SampleWriter } from './write-sample.ts';

// Parsing, relabelling and indexing a new series takes some 30 µs: a target's first scrape must not hold up everything else.
const NEW_SERIES_AT_ONCE = 250;

/** What decides how a body becomes samples. */
export type AppendSettings = LabelSettings &
  HistogramSettings &
  Pick<
    ScrapeConfig,
    | 'honorTimestamps'
    | 'trackTimestampsStaleness'
    | 'sampleLimit'
    | 'scrapeNativeHistograms'
    | 'alwaysScrapeClassicHistograms'
    | 'convertClassicHistogramsToNhcb'
  >;

/** The formats that are read. */
export type BodyFormat = 'text' | 'openmetrics' | 'protobuf';

/** Bytes and how to read them. */
export interface ScrapedBody {
  readonly body: Uint8Array;
  readonly format: BodyFormat;
}

/** The target's side of an append: its labels, its settings and what is known of its series. */
export interface AppendContext {
  readonly target: Labels;
  readonly settings: AppendSettings;
  readonly cache: SeriesCache;
  readonly metadata: MetadataCache;
  /** Where exemplars go; without it they are passed over. */
  readonly exemplars?: ExemplarStore | undefined;
  /** Default: none. */
  readonly features?: ScrapeFeatures | undefined;
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
  body: ScrapedBody,
  scrapeMs: number,
  context: AppendContext,
  appender: MetricAppender,
): Promise<AppendResult> {
  const result = emptyResult();
  try {
    await new BodyAppend(parserOf(body, context), scrapeMs, context, appender, result).run();
  } catch (error) {
    result.error = error;
  }
  return result;
}

function parserOf({ body, format }: ScrapedBody, { settings, features }: AppendContext): MetricParser {
  if (format === 'text') return new ExpositionParser(body);
  if (format === 'openmetrics') return new OpenMetricsParser(body, { hidesCreated: features?.createdTimestampZeroIngestion ?? false });
  const { scrapeNativeHistograms: native, alwaysScrapeClassicHistograms: classicBesideNative } = settings;
  return new ProtobufParser(body, { native, classicBesideNative });
}

/** The way of one body into an appender. */
class BodyAppend {
  readonly #parser: MetricParser;
  readonly #context: AppendContext;
  readonly #appender: MetricAppender;
  readonly #result: AppendResult;
  readonly #writer: SampleWriter;
  readonly #collector: ClassicCollector | undefined;
  readonly #identity: SampleIdentity | undefined;
  #added = 0;

  constructor(parser: MetricParser, scrapeMs: number, context: AppendContext, appender: MetricAppender, result: AppendResult) {
    this.#parser = parser;
    this.#context = context;
    this.#appender = appender;
    this.#result = result;
    const { settings, cache, features } = context;
    const writesCreated = features?.createdTimestampZeroIngestion ?? false;
    this.#writer = new SampleWriter({ appender, cache, settings, scrapeMs, writesCreated, result });
    this.#collector = settings.convertClassicHistogramsToNhcb ? new ClassicCollector() : undefined;
    this.#identity = features?.typeAndUnitLabels ? new SampleIdentity(parser instanceof ProtobufParser) : undefined;
  }

  async run(): Promise<void> {
    const { cache } = this.#context;
    const parser = this.#parser;
    for (;;) {
      let series = cache.readExpected(parser);
      if (!series) {
        const entry = parser.next();
        if (entry !== 'series' && entry !== 'histogram') {
          this.#takeCollected();
          if (entry === 'end') break;
          this.#readMetadata(entry);
          continue;
        }
        series = cache.find(parser);
      }
      if (this.#identity && series && series.identity !== this.#identity.key) series = undefined;
      if (this.#collector) this.#appendOrCollect(this.#collector, series);
      else this.#appendSeries(series);
      if (this.#added >= NEW_SERIES_AT_ONCE) {
        this.#added = 0;
        await setImmediate();
      }
    }
    this.#writer.checkLimits();
  }

  #readMetadata(entry: 'help' | 'type' | 'unit'): void {
    this.#context.metadata.read(this.#parser, entry);
    if (entry === 'type') this.#collector?.seeType(this.#parser);
    this.#identity?.see(this.#parser, entry);
  }

  /** Appends the sample on which the parser stands; `known` is its series unless that is new. */
  #appendSeries(known: CachedSeries | undefined): void {
    const parser = this.#parser;
    this.#result.scraped++;
    const isNew = known === undefined || known.isPartOnly;
    const series = isNew ? this.#addSeries(known?.part) : known;
    if (!series) return;
    const isFirst = this.#context.cache.see(series);
    if (series.ref === undefined) return;
    // A series whose first sample was refused is not there yet.
    if (this.#writer.write(series, parser, isFirst, isNew) || !isNew) this.#appendExemplars(series, parser);
  }

  // ----------------------------------------------------------------------------------------------- classic histograms as one

  #appendOrCollect(collector: ClassicCollector, known: CachedSeries | undefined): void {
    const { cache, settings } = this.#context;
    const parser = this.#parser;
    if (!collector.isAtHistogram) {
      this.#takeCollected();
      this.#appendSeries(known);
      return;
    }
    const part = known?.part ?? (parser.histogram ? nativePartOf(parser.labels()) : classicPartOf(parser.labels()));
    if (known) known.part = part;
    if (collector.endsBefore(part)) this.#takeCollected();
    if (parser.histogram) collector.seeNative(part);
    else if (collector.add(part, parser) && !settings.alwaysScrapeClassicHistograms) {
      cache.see(known ?? cache.add(parser, { ref: undefined, isPartOnly: true, part, identity: this.#identity?.key ?? '' }));
      if (!known) this.#added++;
      return;
    }
    this.#appendSeries(known);
  }

  /** Appends the histogram that was put together, if there is one. */
  #takeCollected(): void {
    const collected = this.#collector?.take();
    if (!collected) return;
    const { cache } = this.#context;
    this.#result.scraped++;
    const key = this.#identity ? `${this.#identity.key} ${collected.part.key}` : collected.part.key;
    const known = cache.findConverted(key);
    const series = known ?? this.#addConverted(key, collected);
    if (!series) return;
    const isFirst = cache.seeConverted(series);
    if (series.ref === undefined) return;
    if (this.#writer.write(series, collected, isFirst, !known) || known) this.#appendExemplars(series, collected, collected.part.labels);
  }

  #addConverted(key: string, { part }: CollectedHistogram): CachedSeries | undefined {
    this.#added++;
    const added = this.#refOf(part.labels);
    return added && this.#context.cache.addConverted(key, added.ref);
  }

  // -------------------------------------------------------------------------------------------------------- series, exemplars

  #addSeries(part: ClassicPart | undefined): CachedSeries | undefined {
    this.#added++;
    const added = this.#refOf(this.#parser.labels());
    return added && this.#context.cache.add(this.#parser, { ref: added.ref, part, identity: this.#identity?.key ?? '' });
  }

  /** The series that these labels become; undefined when the store has no room for it. */
  #refOf(raw: readonly RawLabel[]): { readonly ref: SeriesRef | undefined } | undefined {
    const labels = this.#labelsOf(raw);
    if (labels === undefined) return { ref: undefined };
    try {
      return { ref: this.#appender.seriesRef(labels) };
    } catch (error) {
      if (!isAppError(error, 'storage.too_many_series')) throw error;
      // A full store must not take down every target that shows one new series: the others go on.
      const { refused } = this.#result;
      refused.too_many_series = (refused.too_many_series ?? 0) + 1;
      this.#result.refusal = error.message;
      return undefined;
    }
  }

  #labelsOf(raw: readonly RawLabel[]): Labels | undefined {
    const { target, settings } = this.#context;
    return sampleLabels(this.#identity?.apply(raw) ?? raw, target, settings);
  }

  #appendExemplars(series: CachedSeries, sample: Sample, raw?: readonly RawLabel[]): void {
    const { exemplars: store } = this.#context;
    if (!store) return;
    const exemplars = sample.exemplars();
    if (exemplars.length === 0) return;
    series.labels ??= this.#labelsOf(raw ?? this.#parser.labels());
    if (series.labels) appendExemplars(store, series, exemplars, this.#writer.timeOf(sample));
  }
}
