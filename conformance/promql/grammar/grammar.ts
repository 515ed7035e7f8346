// Well-typed expressions over the shared data, from a seed.
import type { Random } from '../random.ts';
import * as functions from './functions.ts';
import * as operators from './operators.ts';
import { instant, modifiers, range } from './selectors.ts';

/** Expressions of each type, not deeper than asked. */
export interface Grammar extends functions.Operands {
  readonly random: Random;
  vector(depth?: number): string;
  scalar(depth?: number): string;
  matrix(depth?: number): string;
  subquery(depth?: number): string;
  /** The same with operands one level less deep. */
  down(depth: number): functions.Operands;
}

export function createGrammar(random: Random): Grammar {
  const down = (depth: number): functions.Operands => ({
    vector: () => grammar.vector(depth - 1),
    scalar: () => grammar.scalar(depth - 1),
    matrix: () => grammar.matrix(depth - 1),
  });
  const grammar: Grammar = {
    random,
    down,
    vector(depth = 1) {
      const operands = down(depth);
      const leaf: [number, () => string][] = [
        [5, () => instant(random)],
        [3, () => functions.rates(random)],
        [1, () => functions.overTime(random, () => range(random))],
      ];
      if (depth <= 0) return random.weighted(leaf);
      return random.weighted([
        ...leaf,
        [2, () => functions.rates(random, operands.matrix)],
        [2, () => functions.overTime(random, operands.matrix)],
        [3, () => operators.aggregation(random, operands)],
        [1, () => operators.choice(random, operands)],
        [2, () => functions.math(random, operands)],
        [0.7, () => functions.time(random, operands)],
        [1, () => functions.labels(random, operands)],
        [0.7, () => functions.sorting(random, operands)],
        [0.2, () => functions.absence(random, operands)],
        [0.6, () => functions.classicHistograms(random)],
        [2, () => operators.withScalar(random, operands)],
        [1, () => `(${operators.oneToOne(random)})`],
        [0.7, () => `(${operators.manyToOne(random)})`],
        [1, () => operators.sets(random, operands)],
        [0.3, () => operators.wild(random, operands)],
        [0.4, () => `(${operators.share(random)})`],
        [0.5, () => `vector(${operands.scalar()})`],
        [0.4, () => `(${operands.vector()})`],
      ]);
    },
    scalar(depth = 1) {
      const leaf: [number, () => string][] = [
        [6, () => random.pick(['0', '1', '2', '0.5', '-3', '100', '1e3', '1e-3', '7', '12.5'])],
        [1, () => random.pick(['Inf', '-Inf', 'NaN', '5m', '0x1F', '1_000', '1e308', '0.1', '.5', '5.', '1h30m', '-0'])],
        [1, () => 'time()'],
        [0.4, () => 'pi()'],
      ];
      if (depth <= 0) return random.weighted(leaf);
      return random.weighted([
        ...leaf,
        [1.5, () => `scalar(${random.pick(['steady', 'steady_total', 'sum(up)', 'up', 'odd{kind="nan"}'])})`],
        [1, () => `scalar(${grammar.vector(depth - 1)})`],
        [
          1.5,
          () =>
            `(${grammar.scalar(depth - 1)} ${random.pick(['+', '-', '*', '/', '%', '^', 'atan2', '== bool', '> bool', '<= bool'])} ${grammar.scalar(depth - 1)})`,
        ],
        [0.4, () => `-${grammar.scalar(depth - 1)}`],
      ]);
    },
    matrix(depth = 1) {
      return depth <= 0 || random.chance(0.75) ? range(random) : grammar.subquery(depth);
    },
    subquery(depth = 1) {
      const window = random.pick(['5m', '10m', '10m', '31m', '1h', '301']);
      const step = random.pick(['', '30s', '1m', '1m', '7m', '15', '13s']);
      const inner = random.chance(0.3) ? instant(random) : grammar.vector(depth - 1);
      const isBare = /^[\w]+(\{[^{}]*\})?$/.test(inner) || /^\w+\((?:[^()]|\([^()]*\))*\)$/.test(inner);
      return `${isBare ? inner : `(${inner})`}[${window}:${step}]${modifiers(random)}`;
    },
  };
  return grammar;
}
