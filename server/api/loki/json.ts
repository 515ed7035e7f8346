// JSON as Loki writes it: `<`, `>` and `&` escaped, label sets in name order, numbers of samples as text.
import { toGoJson } from '../../model/go-json.ts';
import { formatFixed } from '../../model/go-number.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matrix, Scalar, Vector } from '../../vector/value.ts';

/** A label set as an object; the order of names is kept also for names that look like numbers. */
export function labelsJson({ flat }: Labels): string {
  let json = '{';
  for (let i = 0; i < flat.length; i += 2) json += `${i === 0 ? '' : ','}${toGoJson(flat[i])}:${toGoJson(flat[i + 1])}`;
  return `${json}}`;
}

/** The members of a vector's `result`, one piece each. */
export function* vectorJson({ labels, values, timestampMs }: Vector): Generator<string> {
  const time = secondsText(timestampMs);
  for (let i = 0; i < labels.length; i++)
    yield `{"metric":${labelsJson(labels[i] as Labels)},"value":[${time},"${formatFixed(values[i] as number)}"]}`;
}

/** The members of a matrix' `result`, one piece each. */
export function* matrixJson({ labels, values, present, steps, startMs, stepMs }: Matrix): Generator<string> {
  const opening = Array.from({ length: steps }, (_, t) => `[${secondsText(startMs + t * stepMs)},"`);
  for (let row = 0; row < labels.length; row++) {
    let points = '';
    for (let t = 0, i = row * steps; t < steps; t++, i++)
      if (present[i] !== 0) points += `${points === '' ? '' : ','}${opening[t]}${formatFixed(values[i] as number)}"]`;
    yield `{"metric":${labelsJson(labels[row] as Labels)},"values":[${points}]}`;
  }
}

export function scalarJson({ timestampMs, value }: Scalar): string {
  return `[${secondsText(timestampMs)},"${formatFixed(value)}"]`;
}

/** Seconds, with three digits behind the point unless they are whole. */
function secondsText(timestampMs: number): string {
  return timestampMs % 1000 === 0 ? String(timestampMs / 1000) : (timestampMs / 1000).toFixed(3);
}
