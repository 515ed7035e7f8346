import { createHash } from 'node:crypto';
import { Secret } from '../model/secret.ts';

/** A digest that is equal for equal configurations, secrets included, without containing them. */
export function fingerprint(config: unknown): string {
  const text = JSON.stringify(config, function (this: Record<string, unknown>, key, value) {
    // Secret.toJSON has already replaced `value`.
    const raw = this[key];
    return raw instanceof Secret ? { secret: raw.reveal() } : value;
  });
  return createHash('sha256').update(text).digest('base64');
}
