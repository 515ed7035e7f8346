// Each flush stores its samples under a number, its generation: that of the first segment of the log which it does not cover. Nobody looks
// at the rows of a flush before it is complete, so what a crash or a failed insert leaves behind half done is never seen; the log has it
// all, and the next flush stores it again.
import { type Driver, queryAll } from './driver.ts';
import { fixedColumn } from './native.ts';

/** Rows that a reader may see; the placeholders are those of `Generations.bound`. */
export const VISIBLE = 'generation <= {visible:UInt32} AND generation NOT IN {dead:Array(UInt32)}';

/** What of the engine's samples counts, as of one moment. */
export interface Visible {
  readonly visible: number;
  readonly dead: readonly number[];
}

/** Which flushes are complete. */
export class Generations {
  readonly #driver: Driver;
  #now: Visible = { visible: 0, dead: [] };
  #failed: number[] = [];

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** The newest complete flush (0: none), and those that never became complete. To be bound to VISIBLE. */
  get now(): Visible {
    return this.#now;
  }

  /** Numbers of flushes to come are larger. */
  get highest(): number {
    return Math.max(this.#now.visible, ...this.#now.dead, ...this.#failed);
  }

  async load(): Promise<void> {
    const dead: number[] = [];
    let visible = 0;
    for (const block of await queryAll(this.#driver, 'SELECT generation, is_dead FROM flushes')) {
      const isDead = block.fixed('is_dead', 'UInt8');
      block.fixed('generation', 'UInt32').forEach((generation, i) => {
        if (isDead[i] !== 0) dead.push(generation);
        else visible = Math.max(visible, generation);
      });
    }
    this.#now = { visible, dead: dead.sort((a, b) => a - b) };
    const left = 'SELECT DISTINCT generation FROM samples WHERE generation > {visible:UInt32}';
    for (const block of await queryAll(this.#driver, left, { visible })) this.#failed.push(...block.fixed('generation', 'UInt32'));
  }

  /** Some rows of this flush may be stored, but not all. */
  fail(generation: number): void {
    this.#failed.push(generation);
  }

  /** Makes a flush complete, durably. Readers see it when `show` is called, which must be at once. */
  async complete(generation: number): Promise<Visible> {
    const rows = [generation, ...this.#failed];
    await this.#driver.insert('flushes', rows.length, [
      fixedColumn('generation', 'UInt32', Uint32Array.from(rows)),
      fixedColumn(
        'is_dead',
        'UInt8',
        Uint8Array.from(rows, (row) => (row === generation ? 0 : 1)),
      ),
    ]);
    const dead = [...this.#now.dead, ...this.#failed];
    this.#failed = [];
    return { visible: generation, dead };
  }

  show(visible: Visible): void {
    this.#now = visible;
  }

  /** Forgets dead generations whose rows are gone. */
  async forgetDead(): Promise<void> {
    await this.#driver.command('ALTER TABLE flushes DELETE WHERE is_dead = 1 SETTINGS mutations_sync = 1');
    this.#now = { ...this.#now, dead: [] };
  }
}
