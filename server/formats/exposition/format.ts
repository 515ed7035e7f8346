import type { ExpositionType } from './metric-type.ts';
import { formatSampleValue } from './number.ts';

/** One line below a family; `suffix` follows the family's name (`_bucket`, `_sum`, …). */
export interface ExpositionSample {
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs?: number;
}

/** A metric family as it is written. */
export interface ExpositionFamily {
  readonly name: string;
  readonly type: ExpositionType;
  /** '' = none is written. */
  readonly help: string;
  readonly samples: readonly ExpositionSample[];
}

const PLAIN_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The text format 0.0.4 of `families`, in UTF-8; names that 0.0.4 cannot write are quoted as in 1.0.0. */
export function formatExposition(families: Iterable<ExpositionFamily>): Uint8Array {
  let text = '';
  for (const family of families) {
    const name = PLAIN_NAME.test(family.name) ? family.name : quote(family.name);
    if (family.help !== '') text += `# HELP ${name} ${family.help.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))}\n`;
    text += `# TYPE ${name} ${family.type === 'unknown' ? 'untyped' : family.type}\n`;
    for (const sample of family.samples) text += formatSample(family.name, sample);
  }
  return Buffer.from(text);
}

function formatSample(family: string, { suffix = '', labels = {}, value, timestampMs }: ExpositionSample): string {
  const name = family + suffix;
  const isPlain = PLAIN_NAME.test(name);
  const parts = Object.entries(labels).map(([label, text]) => `${PLAIN_LABEL.test(label) ? label : quote(label)}=${quote(text)}`);
  if (!isPlain) parts.unshift(quote(name));
  const braces = parts.length > 0 ? `{${parts.join(',')}}` : '';
  const time = timestampMs === undefined ? '' : ` ${timestampMs}`;
  return `${isPlain ? name : ''}${braces} ${formatSampleValue(value)}${time}\n`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\\n"]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
}
