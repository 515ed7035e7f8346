import { messageOf } from '../model/app-error.ts';
import type { RuleHealth } from './rule-status.ts';

/** How the last evaluation of a rule went. */
export class RuleHealthRecord {
  #health: RuleHealth = 'unknown';
  #lastError = '';
  #lastEvaluationMs = 0;
  #evaluationSeconds = 0;

  get isFailing(): boolean {
    return this.#health === 'err';
  }

  succeeded(): void {
    this.#health = 'ok';
    this.#lastError = '';
  }

  failed(error: unknown): void {
    this.#health = 'err';
    this.#lastError = messageOf(error);
  }

  evaluated(timeMs: number, seconds: number): void {
    this.#lastEvaluationMs = timeMs;
    this.#evaluationSeconds = seconds;
  }

  copyFrom(other: RuleHealthRecord): void {
    this.#health = other.#health;
    this.#lastError = other.#lastError;
    this.#lastEvaluationMs = other.#lastEvaluationMs;
    this.#evaluationSeconds = other.#evaluationSeconds;
  }

  status() {
    return {
      health: this.#health,
      lastError: this.#lastError,
      lastEvaluationMs: this.#lastEvaluationMs,
      evaluationSeconds: this.#evaluationSeconds,
    };
  }
}
