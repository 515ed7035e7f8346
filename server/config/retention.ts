// `retention` of alidade.yaml: for each signal an age, or age, size and rules for what is kept for a shorter time.
import { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import { formatDurationMs } from '../model/duration.ts';
import type { ConfigFile } from './config-file.ts';
import { byteSize, duration, filledText, listOf, section } from './fields.ts';
import { isYamlMap, type YamlPath, type YamlValue } from './yaml-file.ts';

export const SIGNALS = ['metrics', 'logs', 'traces'] as const;
export type Signal = (typeof SIGNALS)[number];

/** What a part of a signal is kept for. */
export interface RetentionRule {
  /** Series selector, stream selector, or TraceQL query. */
  readonly match: string;
  readonly ageMs: number;
}

/** What was written for one signal. */
export interface KeptSignal {
  readonly ageMs?: number | undefined;
  readonly sizeBytes?: number | undefined;
  readonly rules: readonly RetentionRule[];
}

const rules = listOf(section({ match: filledText(), age: duration() }));
const keptSection = section({ age: duration().optional(), size: byteSize().optional(), rules });

/** A duration, a list of rules, or a map of age, size and rules. */
export function keptSignal() {
  return z.unknown().transform((raw, context): KeptSignal => {
    const value = raw as YamlValue;
    const read = Array.isArray(value)
      ? rules.transform((items) => ({ rules: items }))
      : isYamlMap(value)
        ? keptSection
        : duration().transform((age) => ({ age, rules: [] }));
    const parsed = (read as z.ZodType<z.output<typeof keptSection>>).safeParse(value);
    if (parsed.success) {
      const { age, size, rules: found } = parsed.data;
      return { ageMs: age, sizeBytes: size, rules: found.map(({ match, age: ageMs }) => ({ match, ageMs })) };
    }
    for (const issue of parsed.error.issues)
      context.addIssue({
        code: 'custom',
        message: issue.message,
        path: [...issue.path],
        params: issue.code === 'custom' ? issue.params : {},
      });
    return z.NEVER;
  });
}

/** Says what cannot be read as a selector of its signal, by a thrown error. */
export type CheckRetentionMatch = (signal: Signal, match: string) => void;

/** Checks the rules of a file against the languages of their signals and against the age of the signal (0: for ever). */
export function checkRetentionRules(
  file: ConfigFile,
  retention: Readonly<Partial<Record<Signal, KeptSignal | undefined>>>,
  ageMsOf: (signal: Signal) => number,
  checkMatch: CheckRetentionMatch,
): void {
  for (const signal of SIGNALS)
    (retention[signal]?.rules ?? []).forEach(({ match, ageMs }, i) => {
      const list: YamlPath = Array.isArray(file.get(['retention', signal])) ? ['retention', signal] : ['retention', signal, 'rules'];
      try {
        checkMatch(signal, match);
      } catch (error) {
        file.error([...list, i, 'match'], messageOf(error));
      }
      const signalMs = ageMsOf(signal);
      if (ageMs === 0) file.error([...list, i, 'age'], 'want an age; what is to be kept needs no rule');
      else if (signalMs > 0 && ageMs >= signalMs)
        file.error(
          [...list, i, 'age'],
          `${formatDurationMs(ageMs)} is not shorter than what ${signal} are kept anyway (${formatDurationMs(signalMs)}); raise that, and write rules for what goes earlier`,
        );
    });
}
