// What Logs shows before anything is asked: everything, as far as LogQL can say that.
import { SERVICE_NAMES } from './log-line.ts';

/** Labels that every stream is likely to have, the best first. */
const USUAL = [...SERVICE_NAMES, 'environment', 'env', 'namespace', 'host', 'instance', 'filename', 'level'];

/** A selector must ask for something: that the most usual label is there. undefined without any label. */
export function startQuery(labels: readonly string[]): string | undefined {
  const label = startLabel(labels);
  return label === undefined ? undefined : `{${label}=~".+"}`;
}

function startLabel(labels: readonly string[]): string | undefined {
  return USUAL.find((name) => labels.includes(name)) ?? labels.find((name) => !name.startsWith('__')) ?? labels[0];
}

/** Streams that the start query may leave out: those with another usual label and without its own. */
export interface LeftOut {
  /** The label that they have instead. */
  readonly label: string;
  /** The label that they lack. */
  readonly without: string;
  readonly query: string;
}

const MOST_LEFT_OUT = 3;

/** What to look for beside the start query. */
export function leftOut(labels: readonly string[]): readonly LeftOut[] {
  const without = startLabel(labels);
  return USUAL.filter((label) => label !== without && labels.includes(label))
    .slice(0, MOST_LEFT_OUT)
    .map((label) => ({ label, without: without ?? '', query: `{${label}=~".+", ${without}=""}` }));
}
