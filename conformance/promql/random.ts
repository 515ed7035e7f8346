// Chance that is the same on every run.

/** A stream of numbers that follows from its seed alone. */
export interface Random {
  /** In [0, 1). */
  unit(): number;
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** One of the makers, by their weights. */
  weighted<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T;
  /** Up to `most` of the choices, in their order, none twice. */
  some<T>(choices: readonly T[], most: number): T[];
}

/** Mulberry32: small, and even enough to choose expressions. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function unit(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (bound: number) => Math.floor(unit() * bound);
  return {
    unit,
    below,
    chance: (probability) => unit() < probability,
    pick<T>(choices: readonly T[]): T {
      return choices[below(choices.length)] as T;
    },
    weighted(choices) {
      let left = unit() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, make] of choices) {
        left -= weight;
        if (left < 0) return make();
      }
      return (choices.at(-1) as (typeof choices)[number])[1]();
    },
    some<T>(choices: readonly T[], most: number): T[] {
      const wanted = below(Math.min(most, choices.length) + 1);
      const kept = new Set<number>();
      while (kept.size < wanted) kept.add(below(choices.length));
      return choices.filter((_, index) => kept.has(index));
    },
  };
}
