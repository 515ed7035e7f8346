import type { Slo } from '../schema/slo.ts';
import { SloError } from './errors.ts';
import { validateSlo } from './validate.ts';

/** Defines an objective. Throws SloError `slo.invalid` with all its problems, among them alerts that can never fire. */
export function slo(definition: Slo): Slo {
  const problems = validateSlo(definition);
  if (problems.length === 0) return Object.freeze({ ...definition });
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  throw new SloError('slo.invalid', `objective ${definition.service}/${definition.name}:\n${lines.join('\n')}`, problems);
}
