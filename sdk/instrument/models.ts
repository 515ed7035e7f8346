import { mlActiveModels, mlModelLoadTimeSeconds, modelLoaded } from './catalog.ts';
import type { Instrument } from './instrument.ts';
import { type ModelRef, modelFacts, pick } from './predictions.ts';
import { metricPresets, type PresetName } from './presets.ts';
import { settle, startTimer } from './settle.ts';

/** The life of the models in a service; from `modelMetrics`. */
export interface ModelMetrics {
  /**
   * Runs a loader: its time goes to `ml_model_load_time_seconds`, then `model_loaded` is 1 and `ml_active_models` counts the version.
   * When it throws or rejects, `model_loaded` is 0 and the error goes on to the caller.
   */
  load<R>(model: ModelRef, loader: () => R): R;
  /** Takes a model version out: `model_loaded` becomes 0 and `ml_active_models` no longer counts it. */
  unload(model: ModelRef): void;
  /** Sets the accuracy of a model, 0 to 1, in each chosen vocabulary that has a name for it. */
  setAccuracy(model: ModelRef, accuracy: number): void;
}

/** Settings of `modelMetrics`. */
export interface ModelMetricsOptions {
  /** Vocabularies whose accuracy gauge is fed; `['ml-model-serving']` when left out. */
  readonly presets?: readonly PresetName[];
}

/** Registers the families of model loading and accuracy and returns what feeds them. */
export function modelMetrics(instrument: Instrument, options: ModelMetricsOptions = {}): ModelMetrics {
  const loadTime = instrument.gauge(mlModelLoadTimeSeconds);
  const activeModels = instrument.gauge(mlActiveModels);
  const loaded = instrument.gauge(modelLoaded);
  const accuracies = [...new Set((options.presets ?? ['ml-model-serving']).flatMap((name) => metricPresets[name].accuracy ?? []))].map(
    (descriptor) => ({ gauge: instrument.gauge(descriptor), labels: Object.keys(descriptor.labels) }),
  );
  const activeVersions = new Map<string | undefined, Set<string | undefined>>();

  function setLoaded(model: ModelRef, isLoaded: boolean): void {
    const versions = activeVersions.get(model.name) ?? new Set();
    activeVersions.set(model.name, versions);
    if (isLoaded) versions.add(model.version);
    else versions.delete(model.version);
    loaded.set(pick(['model_version'], modelFacts(model)), isLoaded ? 1 : 0);
    activeModels.set(pick(['model_name'], modelFacts(model)), versions.size);
  }

  return {
    load(model, loader) {
      const elapsed = startTimer();
      return settle(loader, (outcome) => {
        if (outcome.ok) loadTime.set(pick(['model_name', 'model_version'], modelFacts(model)), elapsed());
        setLoaded(model, outcome.ok);
      });
    },
    unload: (model) => setLoaded(model, false),
    setAccuracy(model, accuracy) {
      for (const { gauge, labels } of accuracies) gauge.set(pick(labels, modelFacts(model)), accuracy);
    },
  };
}
