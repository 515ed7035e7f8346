// The `result` of a log query: {"stream":{…},"values":[["<ns>","<line>"],…]}, piece by piece, because lines may be long and many.
import type { ResultEntry, ResultStream } from '../../logql/query.ts';
import { toGoJson } from '../../model/go-json.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsJson } from './json.ts';

/** The members of `result`; pieces are to be joined as they are, the commas between streams are in them. */
export function* streamsJson(streams: readonly ResultStream[]): Generator<string> {
  for (const [i, { labels, entries }] of streams.entries()) {
    yield `${i === 0 ? '' : ','}{"stream":${labelsJson(labels)},"values":[`;
    for (let k = 0; k < entries.length; k++) yield `${k === 0 ? '' : ','}${entryJson(entries[k] as ResultEntry)}]`;
    yield ']}';
  }
}

/** As `streamsJson`, for clients that ask for `categorize-labels`: see `byStreamLabels`. */
export function* categorizedJson(streams: readonly ResultStream[], direction: 'forward' | 'backward'): Generator<string> {
  for (const [i, { labels, entries }] of byStreamLabels(streams, direction).entries()) {
    yield `${i === 0 ? '' : ','}{"stream":${labelsJson(labels)},"values":[`;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k] as ResultEntry;
      const members: string[] = [];
      if (entry.metadata.size > 0) members.push(`"structuredMetadata":${labelsJson(entry.metadata)}`);
      if (entry.parsed.size > 0) members.push(`"parsed":${labelsJson(entry.parsed)}`);
      yield `${k === 0 ? '' : ','}${entryJson(entry)},{${members.join(',')}}]`;
    }
    yield ']}';
  }
}

/** Without its closing bracket. */
function entryJson({ timestampNs, line }: ResultEntry): string {
  return `["${timestampNs}",${toGoJson(line)}`;
}

/** Lines under the labels of their stream alone: what the line itself or a parser added is told with each line. */
function byStreamLabels(streams: readonly ResultStream[], direction: 'forward' | 'backward'): readonly ResultStream[] {
  const groups = new Map<string, { readonly labels: Labels; readonly entries: ResultEntry[]; isMixed: boolean }>();
  for (const { labels, entries } of streams) {
    for (const entry of entries) {
      const own = streamLabels(labels, entry);
      const group = groups.get(own.key());
      if (!group) groups.set(own.key(), { labels: own, entries: [entry], isMixed: false });
      else {
        const last = group.entries.at(-1) as ResultEntry;
        group.isMixed ||= direction === 'forward' ? entry.timestampNs < last.timestampNs : entry.timestampNs > last.timestampNs;
        group.entries.push(entry);
      }
    }
  }
  const sign = direction === 'forward' ? 1 : -1;
  for (const { entries, isMixed } of groups.values())
    if (isMixed) entries.sort((a, b) => (a.timestampNs === b.timestampNs ? 0 : a.timestampNs < b.timestampNs ? -sign : sign));
  return [...groups.values()].sort((a, b) => a.labels.compare(b.labels));
}

function streamLabels(labels: Labels, { metadata, parsed }: ResultEntry): Labels {
  if (metadata.size === 0 && parsed.size === 0) return labels;
  return labels.drop(new Set([...namesOf(metadata), ...namesOf(parsed)]));
}

function namesOf(labels: Labels): string[] {
  return labels.flat.filter((_, i) => i % 2 === 0);
}
