import { readFileSync } from 'node:fs';
import type { Problem } from '../config.ts';

interface Thrown {
  readonly message: string;
  readonly stack: string;
}

/** What a project file threw, placed where the user can mend it. `files` are those that were loaded. */
export function describeFault(file: string, { message, stack }: Thrown, files: readonly string[]): Problem {
  const at = (place: string, line: number, text: string): Problem => ({ severity: 'error', file: place, line, path: '', message: text });
  // Without a stack it is the thread that failed, and nothing in the file.
  if (stack === '') return at(file, 0, message);
  const syntax = /^ParseError: ([\s\S]*?)\s*\n\s*(.+):(\d+):(\d+)/.exec(message);
  if (syntax) {
    const [, what = '', where = '', line, column] = syntax;
    return at(where, Number(line), `column ${column}: not valid TypeScript: ${lowerFirst(what.trim())}`);
  }
  const missing = /^Cannot find (?:module|package) '([^']+)'(?:[\s\S]*?Require stack:\n- (.+))?/.exec(message);
  if (missing) {
    const [, name = '', importer = file] = missing;
    const cure = /^[./]/.test(name) ? 'check its path' : `install it beside the file (npm install ${name})`;
    return at(importer, lineOf(importer, name), `imports "${name}", which does not exist; ${cure}`);
  }
  const frame = framesOf(stack).find((found) => files.includes(found.file)) ?? { file, line: 0 };
  return at(frame.file, frame.line, message);
}

function framesOf(stack: string): { file: string; line: number }[] {
  return [...stack.matchAll(/^\s+at (?:.*\()?(?:file:\/\/)?(.+?):(\d+):\d+\)?$/gm)].map(([, file = '', line]) => ({
    file,
    line: Number(line),
  }));
}

function lineOf(file: string, text: string): number {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.findIndex((line) => line.includes(`'${text}'`) || line.includes(`"${text}"`)) + 1;
  } catch {
    return 0;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
