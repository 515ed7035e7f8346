// The areas that generated expressions are counted by, and how many of each are made.
import { createRandom } from '../random.ts';
import * as functions from './functions.ts';
import { createGrammar, type Grammar } from './grammar.ts';
import { info } from './info.ts';
import { native } from './native.ts';
import * as operators from './operators.ts';
import { instant, range, selector } from './selectors.ts';
import { QUOTED } from './vocabulary.ts';

export interface Case {
  readonly area: string;
  readonly expr: string;
  /** Relative; 1e-9 unless told. */
  readonly tolerance?: number | undefined;
}

interface Area {
  readonly name: string;
  /** Compared with the others. */
  readonly share: number;
  readonly make: (grammar: Grammar) => string;
  readonly tolerance?: number;
}

const AREAS: readonly Area[] = [
  { name: 'selectors', share: 40, make: ({ random }) => (random.chance(0.7) ? instant(random) : range(random)) },
  { name: 'rates', share: 100, make: (g) => functions.rates(g.random, () => g.matrix(1)) },
  { name: 'over time', share: 120, make: (g) => functions.overTime(g.random, () => g.matrix(1)) },
  { name: 'thirty days', share: 30, make: (g) => functions.monthly(g.random), tolerance: 1e-6 },
  { name: 'math', share: 70, make: (g) => functions.math(g.random, g.down(2)) },
  { name: 'time', share: 40, make: (g) => functions.time(g.random, g.down(1)) },
  { name: 'labels', share: 50, make: (g) => functions.labels(g.random, g.down(1)) },
  { name: 'sorting', share: 30, make: (g) => functions.sorting(g.random, g.down(1)) },
  { name: 'absence', share: 25, make: (g) => functions.absence(g.random, g.down(1)) },
  { name: 'classic histograms', share: 70, make: (g) => functions.classicHistograms(g.random) },
  { name: 'aggregations', share: 90, make: (g) => operators.aggregation(g.random, g.down(2)) },
  { name: 'choosing aggregations', share: 60, make: (g) => operators.choice(g.random, g.down(2)) },
  { name: 'scalars', share: 30, make: (g) => g.scalar(3) },
  { name: 'operators with a scalar', share: 50, make: (g) => operators.withScalar(g.random, g.down(2)) },
  { name: 'one to one', share: 60, make: (g) => operators.oneToOne(g.random) },
  { name: 'many to one', share: 50, make: (g) => operators.manyToOne(g.random) },
  { name: 'any to any', share: 30, make: (g) => operators.wild(g.random, g.down(1)) },
  { name: 'sets', share: 50, make: (g) => operators.sets(g.random, g.down(1)) },
  { name: 'shares', share: 20, make: (g) => operators.share(g.random) },
  {
    name: 'subqueries',
    share: 60,
    make: (g) => (g.random.chance(0.2) ? g.subquery(2) : functions.overTime(g.random, () => g.subquery(2))),
  },
  { name: 'quoted names', share: 25, make: (g) => quoted(g) },
  { name: 'info', share: 20, make: (g) => info(g.random) },
  { name: 'native histograms', share: 130, make: (g) => native(g.random) },
  { name: 'deep', share: 120, make: (g) => g.vector(4) },
];

/** About `count` expressions, none twice; the same for the same seed. */
export function generate(seed: number, count: number): Case[] {
  const grammar = createGrammar(createRandom(seed));
  const total = AREAS.reduce((sum, area) => sum + area.share, 0);
  const seen = new Set<string>();
  const cases: Case[] = [];
  for (const { name, share, make, tolerance } of AREAS) {
    const wanted = Math.ceil((count * share) / total);
    for (let made = 0, tries = 0; made < wanted && tries < wanted * 20; tries++) {
      const expr = make(grammar);
      if (seen.has(expr) || expr.length > 500) continue;
      seen.add(expr);
      cases.push({ area: name, expr, tolerance });
      made++;
    }
  }
  return cases;
}

function quoted({ random }: Grammar): string {
  const of = random.pick(QUOTED);
  return random.pick([
    () => instant(random, of),
    () => `sum by ("service.name", "label mit raum", job) (${selector(random, of)})`,
    () => `sum without ("http.route", "a\\"b") (${selector(random, of)})`,
    () => `rate(${range(random, of)})`,
    () => `label_replace(${selector(random, of)}, "größe", "$1", "http.route", "/(.*)")`,
    () => `{"größe_总"} * on (job) group_left ("service.namespace") target_info{instance="a:80"}`,
    () => `sort_by_label(${selector(random, of)}, "http.route", "label mit raum")`,
    () => `count_values("http.route", ${selector(random, of)})`,
    () => `${selector(random, of)} + on ("http.route", "label mit raum") ${selector(random, of)}`,
  ])();
}
