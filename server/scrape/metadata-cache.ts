// HELP, TYPE and UNIT of the families that one target exposes. As in cache.ts, a line that is byte for byte the one expected at its place
// costs no string.
import type { MetricParser } from '../formats/exposition/metric-parser.ts';
import type { MetricMetadata } from './target-status.ts';

interface Family {
  metadata: MetricMetadata;
  seenIn: number;
}

type MetadataEntry = 'help' | 'type' | 'unit';

interface KnownLine {
  readonly entry: MetadataEntry;
  readonly text: Buffer;
  readonly family: Family;
}

// Upstream: metadata outlives its metric by ten scrapes.
const KEPT_SCRAPES = 10;
const MAX_FAMILIES = 20_000;

/** The metadata of one target. A scrape is `begin`, `read…`, and `finish` when it was good. */
export class MetadataCache {
  readonly #families = new Map<string, Family>();
  #scrape = 0;
  #order: KnownLine[] = [];
  #nextOrder: KnownLine[] = [];

  begin(): void {
    this.#scrape++;
    this.#nextOrder = [];
  }

  /** Takes the metadata line on which `parser` stands. */
  read(parser: MetricParser, entry: MetadataEntry): void {
    const expected = this.#order[this.#nextOrder.length];
    const { body, nameStart: start, textEnd: end } = parser;
    const isExpected = expected?.entry === entry && isSameText(expected.text, body, start, end);
    const family = isExpected ? expected.family : this.#readFamily(parser, entry);
    if (!family) return;
    family.seenIn = this.#scrape;
    this.#nextOrder.push(isExpected ? expected : { entry, text: Buffer.from(body.subarray(start, end)), family });
  }

  /** Ends a good scrape: forgets families that have been gone for long. */
  finish(): void {
    this.#order = this.#nextOrder;
    for (const [name, family] of this.#families) if (this.#scrape - family.seenIn > KEPT_SCRAPES) this.#families.delete(name);
  }

  /** All families, or only `metric`. */
  entries(metric?: string): MetricMetadata[] {
    if (metric === undefined) return [...this.#families.values()].map((family) => family.metadata);
    const family = this.#families.get(metric);
    return family ? [family.metadata] : [];
  }

  #readFamily(parser: MetricParser, entry: MetadataEntry): Family | undefined {
    const name = parser.familyName();
    let family = this.#families.get(name);
    if (!family) {
      if (this.#families.size >= MAX_FAMILIES) return undefined;
      family = { metadata: { metric: name, type: 'unknown', help: '', unit: '' }, seenIn: this.#scrape };
      this.#families.set(name, family);
    }
    if (entry === 'help') family.metadata = { ...family.metadata, help: parser.helpText() };
    else if (entry === 'type') family.metadata = { ...family.metadata, type: parser.type };
    else family.metadata = { ...family.metadata, unit: parser.unitText() };
    return family;
  }
}

function isSameText(text: Buffer, body: Uint8Array, start: number, end: number): boolean {
  return text.length === end - start && text.compare(body, start, end) === 0;
}
