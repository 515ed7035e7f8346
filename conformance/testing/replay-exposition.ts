// Counters, gauges and histograms that render as text exposition with a time on every sample.

type LabelSet = Readonly<Record<string, string>>;

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Values by series text, in the order of their first use. */
  readonly series: Map<string, number>;
}

/** The metrics of one simulated process. */
export class ReplayExposition {
  readonly #families = new Map<string, Family>();

  count(name: string, labels: LabelSet, by = 1): void {
    this.#add(this.#family(name, 'counter'), seriesText(name, labels), by);
  }

  set(name: string, labels: LabelSet, value: number): void {
    this.#family(name, 'gauge').series.set(seriesText(name, labels), value);
  }

  observe(name: string, labels: LabelSet, bounds: readonly number[], value: number): void {
    const family = this.#family(name, 'histogram');
    for (const bound of [...bounds, Number.POSITIVE_INFINITY])
      this.#add(family, seriesText(`${name}_bucket`, { ...labels, le: formatValue(bound) }), value <= bound ? 1 : 0);
    this.#add(family, seriesText(`${name}_sum`, labels), value);
    this.#add(family, seriesText(`${name}_count`, labels), 1);
  }

  /** The process starts anew: everything counts from nothing, and series that are not used again are gone. */
  restart(): void {
    this.#families.clear();
  }

  render(timestampMs: number): string {
    const parts: string[] = [];
    for (const [name, { type, help, series }] of this.#families) {
      parts.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      for (const [text, value] of series) parts.push(`${text} ${formatValue(value)} ${timestampMs}`);
    }
    return parts.length === 0 ? '' : `${parts.join('\n')}\n`;
  }

  #family(name: string, type: Family['type']): Family {
    let family = this.#families.get(name);
    if (!family) {
      family = { type, help: `Replayed ${type}, ${name.replaceAll('_', ' ')}.`, series: new Map() };
      this.#families.set(name, family);
    }
    return family;
  }

  #add({ series }: Family, text: string, by: number): void {
    series.set(text, (series.get(text) ?? 0) + by);
  }
}

function seriesText(name: string, labels: LabelSet): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
  );
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function formatValue(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
