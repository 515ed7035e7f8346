// A group as the state store keeps it: JSON, written in turns, for a group may have hundreds of thousands of metrics.
import type { Steps } from '../formats/otlp/in-turns.ts';
import type { PushGroup } from './push-groups.ts';
import { type PushedFamily, parsePushed, stringifyPushed } from './pushed-family.ts';

const ITEMS_BETWEEN_PAUSES = 500;

type StoredGroup = Omit<PushGroup, 'families' | 'pushedMs'> & {
  readonly families: readonly PushedFamily[];
  readonly pushedMs: readonly (readonly [string, number])[];
};

/** To be read with `parseGroup`; undefined when it is longer than `maxLength` characters. */
export function* stringifyGroup(group: PushGroup, maxLength: number): Steps<string | undefined> {
  const { labels, families, pushedMs, successMs, failureMs } = group;
  let text = `{"labels":${stringifyPushed(labels)},"families":[`;
  let items = 0;
  let comma = '';
  for (const { metrics, ...family } of families.values()) {
    text += `${comma}${stringifyPushed(family).slice(0, -1)},"metrics":[`;
    comma = '';
    for (const metric of metrics) {
      text += comma + stringifyPushed(metric);
      comma = ',';
      if (text.length > maxLength) return undefined;
      if (++items % ITEMS_BETWEEN_PAUSES === 0) yield;
    }
    text += ']}';
    comma = ',';
  }
  text += '],"pushedMs":[';
  comma = '';
  for (const time of pushedMs) {
    text += comma + JSON.stringify(time);
    comma = ',';
    if (++items % ITEMS_BETWEEN_PAUSES === 0) yield;
  }
  text += `],"successMs":${successMs},"failureMs":${failureMs}}`;
  return text.length > maxLength ? undefined : text;
}

/** What `stringifyGroup` wrote. */
export function parseGroup(text: string): PushGroup {
  const { labels, families, pushedMs, successMs, failureMs } = parsePushed(text) as StoredGroup;
  const byName = new Map(families.map((family) => [family.name, family]));
  return { labels, families: byName, pushedMs: new Map(pushedMs), successMs, failureMs };
}
