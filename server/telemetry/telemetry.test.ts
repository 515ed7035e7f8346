import { describe, expect, it } from 'vitest';
import { ExpositionParser } from '../formats/exposition/parse.ts';
import { AppError } from '../model/app-error.ts';
import { Secret } from '../model/secret.ts';
import { createLogger, type LoggerSettings } from './logger.ts';
import { startStopwatch } from './stopwatch.ts';
import { createTelemetry } from './telemetry.ts';

function logged(settings: LoggerSettings, log: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  log(createLogger({ stream, ...settings }));
  return lines;
}

describe('the log', () => {
  it('is JSON where nobody watches', () => {
    const [line = ''] = logged({}, (logger) => logger.warn({ job: 'api' }, 'scrape failed'));
    expect(JSON.parse(line)).toEqual({ level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), job: 'api', msg: 'scrape failed' });
  });

  it('is for people on a terminal', () => {
    const [line] = logged({ format: 'human' }, (logger) =>
      logger.warn({ job: 'api', error: 'no such host "app"', samples: 3, empty: '' }, 'scrape failed'),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d warn {2}scrape failed {2}job=api error="no such host \\"app\\"" samples=3 empty=""\n$/);
  });

  it('shows the message of an error, and its stack where it is a fault of ours', () => {
    const error = new AppError('storage.closed', 'the store is closed');
    const lines = logged({ format: 'human' }, (logger) => {
      logger.warn({ err: error }, 'late');
      logger.error({ err: error }, 'broken');
    });
    expect(lines[0]).toMatch(/warn {2}late {2}error="the store is closed"\n$/);
    expect(lines[1]).toMatch(/error broken {2}error="the store is closed"\nAppError: the store is closed\n +at /);
  });

  it('colours only for a terminal, leaves out what is below its level, and never shows a secret', () => {
    const terminal = { isTTY: true, write: (line: string) => void shown.push(line) };
    const shown: string[] = [];
    const logger = createLogger({ stream: terminal, level: 'warn' });
    logger.info('not shown');
    logger.warn({ password: new Secret('hunter2') }, 'shown');
    expect(shown.length).toBe(1);
    expect(shown[0]).toContain('\x1b[33mwarn');
    expect(shown[0]).toContain('password=<secret>');
  });
});

describe('our own metrics', () => {
  it('are in the text format, in a registry of their own', async () => {
    const [one, two] = [createTelemetry({ version: '1.2.3', level: 'silent' }), createTelemetry({ version: '4.5.6', level: 'silent' })];
    const { contentType, body } = await one.metrics();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const parser = new ExpositionParser(body);
    const names = new Set<string>();
    for (let entry = parser.next(); entry !== 'end'; entry = parser.next())
      if (entry === 'series') names.add(parser.labels()[0]?.[1] ?? '');
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'alidade_build_info',
    ]) {
      expect(names.has(name), name).toBe(true);
    }
    expect(await one.registry.metrics()).toContain('version="1.2.3"');
    expect(await two.registry.metrics()).not.toContain('version="1.2.3"');
  });
});

describe('the event-loop delay', () => {
  it('shows a blocked loop, without the period of its monitor', async () => {
    const { registry } = createTelemetry({ version: '1', level: 'silent' });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
    const longest = async () => (await registry.getSingleMetric('alidade_event_loop_delay_max_seconds')?.get())?.values[0]?.value ?? 0;
    await pause();
    await registry.metrics();
    await pause();
    const until = performance.now() + 300;
    while (performance.now() < until);
    await pause();
    await registry.metrics();
    expect(await longest()).toBeGreaterThan(0.2);
  });
});

describe('startStopwatch', () => {
  it('tells the seconds that have passed', async () => {
    const elapsedSeconds = startStopwatch();
    const first = elapsedSeconds();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(first).toBeGreaterThanOrEqual(0);
    expect(elapsedSeconds()).toBeGreaterThan(first);
  });
});
