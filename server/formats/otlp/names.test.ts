import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TranslationStrategy } from '../../config/otlp-section.ts';
import { labelName } from './label-name.ts';
import { metricName, type NamedKind, unitName } from './metric-name.ts';

/** Names that we chose, and what prometheus/otlptranslator 1.0.0, which Prometheus uses, makes of them; '' where it refuses them. */
interface Answers {
  /** Name, unit, kind, then the name by each strategy. */
  readonly metrics: readonly (readonly [string, string, NamedKind, ...string[]])[];
  /** Attribute, then the label as in `LABEL_NAMINGS`. */
  readonly labels: readonly (readonly string[])[];
  /** Unit, escaped and not. */
  readonly units: readonly (readonly [string, string, string])[];
}

const STRATEGIES: readonly TranslationStrategy[] = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
];
const naming = (escapes: boolean, prefixesUnderscore = true, keepsUnderscores = true) => ({
  escapes,
  prefixesUnderscore,
  keepsUnderscores,
});
const LABEL_NAMINGS = [naming(false), naming(true), naming(true, true, false), naming(true, false), naming(true, false, false)];
const answers = JSON.parse(readFileSync(new URL('./testdata/names.json', import.meta.url), 'utf8')) as Answers;

describe("names are those that Prometheus' own translator makes", () => {
  it.each([...STRATEGIES.entries()])('of metrics: %i %s', (i, strategy) => {
    const different = answers.metrics.flatMap(([name, unit, kind, ...wanted]) => {
      const found = metricName(name, unit, kind, strategy);
      return found === wanted[i] ? [] : [{ name, unit, kind, found, wanted: wanted[i] }];
    });
    expect(different).toEqual([]);
    expect(answers.metrics.length).toBeGreaterThan(500);
  });

  it('of labels', () => {
    const found = answers.labels.map(([attribute = '']) => [attribute, ...LABEL_NAMINGS.map((one) => labelName(attribute, one) ?? '')]);
    expect(found).toEqual(answers.labels);
  });

  it('of units', () => {
    const found = answers.units.map(([unit]) => [unit, unitName(unit, 'UnderscoreEscapingWithSuffixes'), unitName(unit, 'NoTranslation')]);
    expect(found).toEqual(answers.units);
  });
});
