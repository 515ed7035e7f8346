/** What can be said about anything that was thrown. */
export interface ErrorDescription {
  /** Name of the error's class, or what kind of value was thrown. */
  readonly type: string;
  readonly message: string;
  /** The stack with those of its causes; absent when the value thrown was no error. */
  readonly stack?: string;
}

/** Longer stacks are cut, in characters: a line that no log store takes would be lost whole. */
const MAX_STACK_LENGTH = 32_768;
const MAX_MESSAGE_LENGTH = 8192;
const MAX_CAUSES = 8;

/** Describes what was thrown, whatever it was. Never throws. */
export function describeError(thrown: unknown): ErrorDescription {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: clip(textOf(thrown), MAX_MESSAGE_LENGTH) };
  const type = thrown.name === 'Error' ? thrown.constructor.name || 'Error' : thrown.name;
  return { type, message: clip(thrown.message, MAX_MESSAGE_LENGTH), stack: clip(stackOf(thrown), MAX_STACK_LENGTH) };
}

function stackOf(error: Error): string {
  const stacks: string[] = [];
  for (let cause: unknown = error; cause instanceof Error && stacks.length < MAX_CAUSES; cause = cause.cause) {
    stacks.push(cause.stack ?? `${cause.name}: ${cause.message}`);
  }
  return stacks.join('\ncaused by: ');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value); // it refers to itself, or will not be turned into text
  }
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
