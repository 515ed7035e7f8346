// What all answers in JSON are put together from.
import type { Labels } from '../../model/labels.ts';

/** Label texts repeat from series to series, so each is quoted once for an answer. */
export function metricWriter(): (labels: Labels) => string {
  const quoted = new Map<string, string>();
  const quote = (text: string) => {
    let json = quoted.get(text);
    if (json === undefined) {
      json = JSON.stringify(text);
      quoted.set(text, json);
    }
    return json;
  };
  return ({ flat }) => {
    let json = '{';
    for (let i = 0; i < flat.length; i += 2) json += `${i === 0 ? '' : ','}${quote(flat[i] as string)}:${quote(flat[i + 1] as string)}`;
    return `${json}}`;
  };
}

/** A time as upstream writes it in JSON: seconds, with three digits behind the point unless it is whole. */
export function secondsText(timestampMs: number): string {
  return timestampMs % 1000 === 0 ? String(timestampMs / 1000) : (timestampMs / 1000).toFixed(3);
}
