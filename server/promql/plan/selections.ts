import type { Matcher } from '../../model/matcher.ts';
import type { MetricSelection } from '../../storage/store.ts';
import type { SelectorNeed } from './plan.ts';

/** The reads that serve all selectors; selectors of the same series share one read when their times overlap. */
export interface Selections {
  readonly selections: readonly MetricSelection[];
  /** Which selection serves each need. */
  readonly ofNeed: readonly number[];
}

/** Merges what can be read together. */
export function mergeSelections(needs: readonly SelectorNeed[]): Selections {
  const selections: MetricSelection[] = [];
  const known = new Map<string, number>();
  const ofNeed = needs.map(({ matchers, startMs, endMs, isLookup }) => {
    const key = matcherKey(matchers);
    const index = known.get(key);
    const found = index === undefined ? undefined : selections[index];
    if (found && startMs <= found.endMs && endMs >= found.startMs) {
      selections[index as number] = {
        matchers,
        startMs: Math.min(startMs, found.startMs),
        endMs: Math.max(endMs, found.endMs),
        isLookup: isLookup && found.isLookup && endMs === found.endMs,
      };
      return index as number;
    }
    known.set(key, selections.length);
    selections.push({ matchers, startMs, endMs, isLookup });
    return selections.length - 1;
  });
  return { selections, ofNeed };
}

function matcherKey(matchers: readonly Matcher[]): string {
  return JSON.stringify(matchers.map(({ type, name, value }) => [type, name, value]));
}
