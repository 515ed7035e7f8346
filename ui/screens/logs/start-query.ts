// What Logs shows before anything is asked: everything, as far as LogQL can say that.
import { SERVICE_NAMES } from './log-line.ts';

/** Labels that every stream is likely to have, the best first. */
const USUAL = [...SERVICE_NAMES, 'environment', 'env', 'namespace', 'host', 'instance', 'filename', 'level'];

/** A selector must ask for something: that the most usual label is there. undefined without any label. */
export function startQuery(labels: readonly string[]): string | undefined {
  const label = USUAL.find((name) => labels.includes(name)) ?? labels.find((name) => !name.startsWith('__')) ?? labels[0];
  return label === undefined ? undefined : `{${label}=~".+"}`;
}
