// Which samples of a selector an evaluation looks at, where that is known from the edges of its windows alone (storage/rollup-tiers.ts).
import { isOnGrid, ROLLUP_GRIDS, ROLLUP_TIERS, type RollupTier, type RollupWish } from '../../storage/rollup-tiers.ts';
import { unwrap } from '../parse/ast.ts';
import type { Grid } from './grid.ts';
import type { Reduction } from './reductions.ts';

/** What a function looks at: the ends of its windows and how many samples they hold, and maybe where the counter fell. */
const LOOKS_AT: Readonly<Record<string, 'ends' | 'ends and falls'>> = {
  rate: 'ends and falls',
  increase: 'ends and falls',
  resets: 'ends and falls',
  delta: 'ends',
  irate: 'ends',
  idelta: 'ends',
  last_over_time: 'ends',
  first_over_time: 'ends',
  count_over_time: 'ends',
  present_over_time: 'ends',
  ts_of_last_over_time: 'ends',
  ts_of_first_over_time: 'ends',
};

/** So many windows at most may have edges anywhere: around each, samples are read as they are. */
const MAX_EDGES = 8;

/** What of their common selection some reductions look at when evaluated over `grid`; undefined: everything. */
export function rollupWish(reductions: readonly Reduction[], grid: Grid): RollupWish | undefined {
  const edges = new Set<number>();
  let needsFalls = false;
  for (const { node, selector } of reductions) {
    if (selector.boundary) return undefined;
    edges.add(grid.startMs - selector.offsetMs);
    if (node.kind === 'selector') continue;
    const looksAt = node.kind === 'call' ? LOOKS_AT[node.fn.name] : undefined;
    const range = node.kind === 'call' ? node.args.map(unwrap).find(({ kind }) => kind === 'range') : undefined;
    if (!looksAt || range?.kind !== 'range') return undefined;
    if (looksAt === 'ends and falls') needsFalls = true;
    edges.add(grid.startMs - selector.offsetMs - range.rangeMs);
  }
  const firstEdges = [...edges];
  const tier = ROLLUP_TIERS.find((one) => isAligned(firstEdges, grid, one));
  if (tier) return { tier, edgesMs: [], needsFalls };
  if (grid.steps * firstEdges.length > MAX_EDGES) return undefined;
  const edgesMs = firstEdges.flatMap((edgeMs) => Array.from({ length: grid.steps }, (_, step) => edgeMs + step * grid.stepMs));
  return { tier: 'coarse', edgesMs: edgesMs.filter((edgeMs) => !isOnGrid(ROLLUP_GRIDS.coarse, edgeMs)), needsFalls };
}

/** Whether the edges of all steps are on the grid of a tier. */
function isAligned(firstEdges: readonly number[], { steps, stepMs }: Grid, tier: RollupTier): boolean {
  const grid = ROLLUP_GRIDS[tier];
  return (steps === 1 || stepMs % grid.gridMs === 0) && firstEdges.every((edgeMs) => isOnGrid(grid, edgeMs));
}
