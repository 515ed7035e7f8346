import { BodyMemory } from '../http-client/body.ts';

/** Few scrapes run at a time; what is larger is rare. */
const KEPT_MEMORIES = 4;
const KEPT_BYTES = 8 * 1024 * 1024;

/** Memory for the bodies of scrapes, which all targets share. */
export class BodyMemories {
  readonly #memories: BodyMemory[] = [];

  take(): BodyMemory {
    return this.#memories.pop() ?? new BodyMemory();
  }

  /** Takes memory back whose body nobody looks at any more. */
  give(memory: BodyMemory): void {
    if (memory.capacity <= KEPT_BYTES && this.#memories.length < KEPT_MEMORIES) this.#memories.push(memory);
  }
}
