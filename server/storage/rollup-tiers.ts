// What a read over long time may leave out. A window of rate() looks at its first and last sample, at how many there are and at where the
// counter fell; a lookup looks at one sample. Where the edges of all windows lie on a grid, these are few samples, known beforehand: a
// store keeps them apart (its rollups), and an evaluation on them alone gives the same answer, digit by digit.

const MINUTE_MS = 60_000;

/** Edges that a rollup knows: multiples of `gridMs`, and those times less each of `leadsMs`. */
export interface RollupGrid {
  readonly gridMs: number;
  readonly leadsMs: readonly number[];
}

/**
 * `coarse` knows the edges of windows of half an hour and its multiples, and of windows of five minutes that end on its grid. `ends` knows no
 * edge inside a block: for a few windows over many blocks, whose edges lie in few of them.
 */
export const ROLLUP_GRIDS = {
  ends: { gridMs: Number.POSITIVE_INFINITY, leadsMs: [] },
  fine: { gridMs: 5 * MINUTE_MS, leadsMs: [0] },
  coarse: { gridMs: 30 * MINUTE_MS, leadsMs: [0, 5 * MINUTE_MS] },
} as const satisfies Readonly<Record<string, RollupGrid>>;

export type RollupTier = keyof typeof ROLLUP_GRIDS;

/** All, fewest samples first. */
export const ROLLUP_TIERS: readonly RollupTier[] = ['ends', 'coarse', 'fine'];

/** Which samples a read wants; a store may always give more than that. */
export interface RollupWish {
  readonly tier: RollupTier;
  /** Edges in milliseconds that are not on the tier's grid. */
  readonly edgesMs: readonly number[];
  /** Whether it matters where values fall. */
  readonly needsFalls: boolean;
}

/** Whether a time is an edge that the grid knows. */
export function isOnGrid({ gridMs, leadsMs }: RollupGrid, timeMs: number): boolean {
  return leadsMs.some((leadMs) => (timeMs + leadMs) % gridMs === 0);
}

/** The first edge of the grid at or after a time. */
export function edgeAtOrAfter({ gridMs, leadsMs }: RollupGrid, timeMs: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (const leadMs of leadsMs) first = Math.min(first, Math.ceil((timeMs + leadMs) / gridMs) * gridMs - leadMs);
  return first;
}
