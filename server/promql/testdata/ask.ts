import { systemClock } from '../../model/clock.ts';
import { ALL_FEATURES, type LanguageFeatures } from '../../model/language-features.ts';
import { createQueryEngine } from '../engine/query-engine.ts';
import type { QueryEngine } from '../query.ts';
import { seriesOf, storeWith } from './store.ts';

/** Everything that can be written, and evaluated as it is without any feature. */
const WHOLE_LANGUAGE: LanguageFeatures = { ...ALL_FEATURES, delayedNameRemoval: false, typeAndUnitLabels: false };

/** An engine on the calling thread over series in the notation of `seriesOf`. */
export async function engineOver(notation: string, stepMs?: number, features = WHOLE_LANGUAGE): Promise<QueryEngine> {
  const store = await storeWith(seriesOf(notation, stepMs));
  return createQueryEngine({ store, clock: systemClock, workers: 0, features });
}

/** The answer of an instant query as text: one `labels value` for each series, or the scalar, or the string. */
export async function ask(engine: QueryEngine, expr: string, timeMs: number): Promise<string[]> {
  const { value } = await engine.instant({ expr, timeMs });
  switch (value.type) {
    case 'vector':
      return value.labels.map((labels, i) => `${labels.toString()} ${value.values[i]}`);
    case 'scalar':
    case 'string':
      return [String(value.value)];
    case 'raw':
      return value.labels.map((labels, i) => {
        const range = [value.offsets[i], value.offsets[i + 1]] as [number, number];
        const samples = [...value.values.subarray(...range)].map((v, k) => `${v}@${value.timestampsMs[range[0] + k]}`);
        return `${labels.toString()} ${samples.join(' ')}`;
      });
    default:
      throw new Error('an instant query has no matrix');
  }
}
