import { AppError, messageOf } from '../../model/app-error.ts';
import type { EXPOSITION_ERRORS } from '../exposition/errors.ts';

/** Where in the body a fault lies. */
export interface ProtobufPlace {
  /** Number of the family, from 1. */
  readonly family: number;
  /** Its name, '' while it is unknown. */
  readonly name: string;
  /** Offset into the body. */
  readonly byte: number;
}

/** An AppError whose message begins with the place: `metric family 2 ("up"), byte 310: …`. */
export function protobufError(code: keyof typeof EXPOSITION_ERRORS, { family, name, byte }: ProtobufPlace, problem: unknown): AppError {
  const where = `metric family ${family}${name === '' ? '' : ` (${JSON.stringify(name)})`}, byte ${byte}`;
  const text = typeof problem === 'string' ? problem : messageOf(problem);
  return new AppError(code, `${where}: ${text}`, { cause: typeof problem === 'string' ? undefined : problem, details: { family, byte } });
}
