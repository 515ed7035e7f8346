import type { Outcome } from './job.ts';

/** Collects the annotations of parts, each text once. */
export class Notes {
  readonly #warnings = new Map<string, string>();
  readonly #infos = new Map<string, string>();
  #isTied = false;

  take(outcome: Outcome): Outcome {
    if (outcome.isTied) this.#isTied = true;
    for (const text of outcome.warnings) this.#warnings.set(withoutPosition(text), text);
    for (const text of outcome.infos) this.#infos.set(withoutPosition(text), text);
    return outcome;
  }

  get isEmpty(): boolean {
    return this.#warnings.size === 0 && this.#infos.size === 0;
  }

  addTo(outcome: Outcome): Outcome {
    this.take(outcome);
    return { ...outcome, warnings: [...this.#warnings.values()], infos: [...this.#infos.values()], isTied: this.#isTied };
  }
}

function withoutPosition(text: string): string {
  return text.slice(0, text.lastIndexOf(' ('));
}
