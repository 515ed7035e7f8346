import type { Counter, Histogram } from 'prom-client';
import { predictionsInFlight } from './catalog.ts';
import type { Instrument } from './instrument.ts';
import { metricPresets, type PresetName } from './presets.ts';
import { settle, startTimer } from './settle.ts';

/** Which model a measurement is about; what is left out becomes a label that is left out. */
export interface ModelRef {
  readonly name?: string;
  readonly version?: string;
}

/** The `prediction_result` of a failed prediction. */
export const PREDICTION_ERROR = 'error';

/** Settings of `predictionMetrics`. */
export interface PredictionMetricsOptions {
  /** Vocabularies to feed, all from the same calls; `['ml-api']` when left out. */
  readonly presets?: readonly PresetName[];
}

/** Counts and times predictions; from `predictionMetrics`. */
export interface PredictionMetrics {
  /**
   * Runs one prediction request: `predictions_in_flight` is up while it runs; afterwards it is timed and counted, with
   * `status="error"` when it throws or rejects. `resultOf` names the predicted class of the value, or of each item of a batch, so a
   * batch of five counts five predictions, one request and one duration; keep its values few, they are label values. Default: `"success"`.
   */
  run<R>(model: ModelRef, predict: () => R, resultOf?: (value: Awaited<R>) => string | readonly string[]): R;
  /** Wraps a function so that every call goes through `run`. */
  wrap<A extends unknown[], R>(
    model: ModelRef,
    predict: (...args: A) => R,
    resultOf?: (value: Awaited<R>) => string | readonly string[],
  ): (...args: A) => R;
  /** Records one finished prediction request that was measured elsewhere; `results` has one predicted class per prediction made. */
  recordSuccess(model: ModelRef, results: readonly string[], durationSeconds: number): void;
  /** Records one prediction request that failed, e.g. before `predict` could be called. */
  recordError(model: ModelRef, durationSeconds: number): void;
  /**
   * Starts the counters of a model at 0, for each class that it can predict and for errors. Without this a series begins with its
   * first event, whose increase `rate()` cannot see.
   */
  declare(model: ModelRef, results: readonly string[]): void;
}

/** Registers the families of the chosen vocabularies and `predictions_in_flight`, and returns what feeds them. */
export function predictionMetrics(instrument: Instrument, options: PredictionMetricsOptions = {}): PredictionMetrics {
  const chosen = [...new Set<PresetName>(options.presets ?? ['ml-api'])].map((name) => metricPresets[name]);
  const counters = [...new Map(chosen.map((preset) => [preset.predictions, preset.counts])).entries()].map(([d, counts]) => ({
    ...recorder(instrument.counter(d), Object.keys(d.labels)),
    counts,
  }));
  const histograms = [...new Set(chosen.map((preset) => preset.duration))].map((d) =>
    recorder(instrument.histogram(d), Object.keys(d.labels)),
  );
  const inFlight = instrument.gauge(predictionsInFlight);

  function count(model: ModelRef, status: 'success' | 'error', results: readonly string[], by: number): void {
    const facts = { ...modelFacts(model), status };
    for (const { family, labels, counts } of counters) {
      if (counts === 'requests') family.inc(pick(labels, facts), by);
      else for (const result of results) family.inc(pick(labels, { ...facts, prediction_result: result }), by);
    }
  }
  function observe(model: ModelRef, seconds: number): void {
    const facts = modelFacts(model);
    for (const { family, labels } of histograms) family.observe(pick(labels, facts), seconds);
  }

  const metrics: PredictionMetrics = {
    run(model, predict, resultOf = () => 'success') {
      const elapsed = startTimer();
      inFlight.inc();
      return settle(predict, (outcome) => {
        inFlight.dec();
        if (!outcome.ok) return metrics.recordError(model, elapsed());
        try {
          metrics.recordSuccess(model, [resultOf(outcome.value)].flat(), elapsed());
        } catch (error) {
          metrics.recordError(model, elapsed());
          throw error;
        }
      });
    },
    wrap:
      (model, predict, resultOf) =>
      (...args) =>
        metrics.run(model, () => predict(...args), resultOf),
    recordSuccess(model, results, durationSeconds) {
      count(model, 'success', results, 1);
      observe(model, durationSeconds);
    },
    recordError(model, durationSeconds) {
      count(model, 'error', [PREDICTION_ERROR], 1);
      observe(model, durationSeconds);
    },
    declare(model, results) {
      count(model, 'success', results, 0);
      count(model, 'error', [PREDICTION_ERROR], 0);
    },
  };
  return metrics;
}

interface Recorder<F extends Counter<string> | Histogram<string>> {
  readonly family: F;
  readonly labels: readonly string[];
}

function recorder<F extends Counter<string> | Histogram<string>>(family: F, labels: readonly string[]): Recorder<F> {
  return { family, labels };
}

/** What is known about a model, under every label name that some vocabulary uses for it. */
export function modelFacts(model: ModelRef): Readonly<Record<string, string | undefined>> {
  return { model: model.name, model_name: model.name, model_version: model.version };
}

/** The labels of a family that are known. */
export function pick(labels: readonly string[], facts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const known: Record<string, string> = {};
  for (const label of labels) {
    const value = facts[label];
    if (value !== undefined) known[label] = value;
  }
  return known;
}
