import type { WrittenMetadata } from '../formats/remote-write/write-request.ts';

const MAX_METRICS = 20_000;
const MAX_TEXT = 4_096;
const SUFFIXES = /_(?:bucket|count|sum)$/;

/** What senders say about metric families. */
export interface RemoteMetadata {
  /** All families by name, or only `metric`. */
  entries(metric?: string): WrittenMetadata[];
}

/** Keeps the last word on each family, for as many as its limit; new ones are then passed over. */
export class RemoteMetadataCache implements RemoteMetadata {
  readonly #families = new Map<string, WrittenMetadata>();

  /** Takes what was said about a family. */
  take(metadata: WrittenMetadata): void {
    const { metric, type, help, unit } = metadata;
    if (!this.#families.has(metric) && this.#families.size >= MAX_METRICS) return;
    this.#families.set(metric, { metric, type, help: help.slice(0, MAX_TEXT), unit: unit.slice(0, MAX_TEXT) });
  }

  /** Takes what was said about a series, whose name has a suffix that its family has not. */
  takeForSeries(metadata: WrittenMetadata): void {
    const { metric, type } = metadata;
    const hasParts = type === 'histogram' || type === 'gaugehistogram' || type === 'summary';
    this.take(hasParts ? { ...metadata, metric: metric.replace(SUFFIXES, '') } : metadata);
  }

  entries(metric?: string): WrittenMetadata[] {
    if (metric === undefined) return [...this.#families.values()];
    const family = this.#families.get(metric);
    return family ? [family] : [];
  }
}
