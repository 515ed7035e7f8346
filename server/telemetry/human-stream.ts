import type { DestinationStream } from 'pino';

const COLORS: Readonly<Record<string, string>> = { debug: '\x1b[2m', info: '', warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' };
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** Turns pino's JSON lines into lines for people: `12:04:05 warn  scrape failed  job=api error="…"`. */
export function createHumanStream(out: DestinationStream, hasColor: boolean): DestinationStream {
  return {
    write(line) {
      out.write(`${humanLine(line, hasColor)}\n`);
    },
  };
}

function humanLine(line: string, hasColor: boolean): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const word = String(level);
  const paint = (color: string, text: string) => (hasColor && color !== '' && text !== '' ? `${color}${text}${RESET}` : text);
  const { message, stack } = (err ?? {}) as { message?: string; stack?: string };
  const facts = Object.entries({ ...fields, ...(message !== undefined && { error: message }) });
  const shown = facts.map(([name, value]) => `${name}=${formatValue(value)}`).join(' ');
  const head = `${paint(DIM, timeOfDay(String(time)))} ${paint(COLORS[word] ?? '', word.padEnd(5))} ${String(msg ?? '')}`;
  const tail = shown === '' ? '' : `  ${paint(DIM, shown)}`;
  return head + tail + (word === 'error' && stack !== undefined ? `\n${paint(DIM, stack)}` : '');
}

function timeOfDay(isoTime: string): string {
  const date = new Date(isoTime);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && !/[\s"=]/.test(text) && text !== '' ? text : typeof value === 'string' ? JSON.stringify(text) : text;
}
