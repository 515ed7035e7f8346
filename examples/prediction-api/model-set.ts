import { join } from 'node:path';
import type { ServiceMetrics } from './metrics.ts';
import { type ChurnModel, loadModel, MODEL_NAME, type ModelVersion, modelVersions } from './model.ts';

/** A version that could not be loaded, and why. */
export interface LoadFailure {
  readonly error: Error;
}

/** Each version's model, or why there is none. */
export type ModelSet = ReadonlyMap<ModelVersion, ChurnModel | LoadFailure>;

/** A prediction was asked of a version that could not be loaded. */
export class ModelUnavailableError extends Error {
  readonly statusCode = 503;
  override readonly name = 'ModelUnavailableError';
}

/**
 * Loads all versions from `dir`, measuring each. A version that cannot be loaded does not stop the others: `model_loaded` says 0 for it
 * and its predictions answer 503.
 */
export function loadModels(dir: string, metrics: ServiceMetrics): ModelSet {
  const models = new Map<ModelVersion, ChurnModel | LoadFailure>();
  for (const version of modelVersions) {
    const ref = { name: MODEL_NAME, version };
    try {
      const model = metrics.models.load(ref, () => loadModel(join(dir, `${version}.json`), version));
      metrics.models.setAccuracy(ref, model.training.heldOut.accuracy);
      models.set(version, model);
    } catch (error) {
      models.set(version, { error: error as Error });
    }
  }
  return models;
}

/** The model of a version. Throws `ModelUnavailableError` when it was not loaded. */
export function modelOf(models: ModelSet, version: ModelVersion): ChurnModel {
  const entry = models.get(version);
  if (entry && 'parameters' in entry) return entry;
  throw new ModelUnavailableError(`model ${version} is not loaded: ${entry ? entry.error.message : 'it was never asked for'}`);
}

/** Whether a version can predict. */
export function isLoaded(models: ModelSet, version: ModelVersion): boolean {
  const entry = models.get(version);
  return entry !== undefined && 'parameters' in entry;
}
