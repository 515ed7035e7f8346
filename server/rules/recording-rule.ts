import type { RecordingRuleConfig } from '../config/rule-groups.ts';
import type { QueryEngine } from '../promql/query.ts';
import { rulesError } from './errors.ts';
import { exprText } from './expr-text.ts';
import { RuleHealthRecord } from './rule-health.ts';
import type { RecordingRuleStatus } from './rule-status.ts';
import { type Evaluation, queryVector, type RuleSample } from './vector.ts';

/** Writes the result of an expression as a series of its own. */
export class RecordingRule {
  readonly type = 'recording';
  readonly config: RecordingRuleConfig;
  readonly health = new RuleHealthRecord();
  readonly #engine: QueryEngine;
  readonly #exprText: string;

  constructor(config: RecordingRuleConfig, engine: QueryEngine) {
    this.config = config;
    this.#engine = engine;
    this.#exprText = exprText(config.expr);
  }

  get name(): string {
    return this.config.record;
  }

  /** The samples to store. Throws the engine's errors, `rules.duplicate_labels` and `rules.limit`. */
  async eval({ timeMs, queryOffsetMs, limit, signal }: Evaluation): Promise<RuleSample[]> {
    const vector = await queryVector(this.#engine, this.config.expr, timeMs - queryOffsetMs, signal);
    const fixed = [['__name__', this.name] as const, ...Object.entries(this.config.labels)];
    const samples = vector.map((sample) => ({
      ...sample,
      labels: fixed.reduce((all, [name, text]) => all.with(name, text), sample.labels),
    }));
    if (new Set(samples.map(({ labels }) => labels.key())).size < samples.length)
      throw rulesError('rules.duplicate_labels', 'vector contains metrics with the same labelset after applying rule labels');
    if (limit > 0 && samples.length > limit) throw rulesError('rules.limit', `exceeded limit of ${limit} with ${samples.length} series`);
    return samples;
  }

  status(): RecordingRuleStatus {
    return { type: 'recording', name: this.name, expr: this.#exprText, labels: this.config.labels, ...this.health.status() };
  }
}
