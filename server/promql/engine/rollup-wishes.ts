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

/** So many windows at most may have edges anywhere: around each, a block is read as it is. */
const MAX_EDGES = 8;
/** In less time than this hardly any block lies between two edges. */
const LEAST_SPAN_MS = 30 * 60_000;
/** Where all is known that far around an edge, it costs as much as reading rollups of this time. */
const EDGE_MS = 3 * 86_400_000;

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
  const edgeCount = grid.steps * firstEdges.length;
  const spanMs = Math.max(...firstEdges) + (grid.steps - 1) * grid.stepMs - Math.min(...firstEdges);
  if (spanMs < LEAST_SPAN_MS) return undefined;
  if (edgeCount <= MAX_EDGES && (!tier || spanMs > edgeCount * EDGE_MS))
    return { tier: 'ends', edgesMs: edgesOf(firstEdges, grid), needsFalls };
  return tier && { tier, edgesMs: [], needsFalls };
}

function edgesOf(firstEdges: readonly number[], { steps, stepMs }: Grid): number[] {
  return firstEdges.flatMap((edgeMs) => Array.from({ length: steps }, (_, step) => edgeMs + step * stepMs));
}

/** Whether the edges of all steps are on the grid of a tier. */
function isAligned(firstEdges: readonly number[], { steps, stepMs }: Grid, tier: RollupTier): boolean {
  const grid = ROLLUP_GRIDS[tier];
  return (steps === 1 || stepMs % grid.gridMs === 0) && firstEdges.every((edgeMs) => isOnGrid(grid, edgeMs));
}
