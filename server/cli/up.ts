import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import type { App } from '../app.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { startApp } from '../start.ts';
import { flagsOf, type ParsedServerOptions, serverOptions } from './flags.ts';

const INTERNAL_ERROR = 70;
const STOP_WITHIN_MS = 15_000;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

type UpOptions = ParsedServerOptions & { readonly logLevel: (typeof LOG_LEVELS)[number] };

/**
 * So much garbage beside what is in use before V8 collects it, in this thread and in workers; V8 itself allows some 300 %. With 140,000 series and
 * queries over all of them the process has a third less at its peak, for a tenth more processor time.
 */
const MOST_GARBAGE_PERCENT = 40;

/** `alidade up [DIR]`: runs the server until SIGTERM or SIGINT. Reloads on SIGHUP. */
export function upCommand(version: string): Command {
  const command = new Command('up')
    .description('Start Alidade on a configuration folder, or empty')
    .argument('[dir]', 'folder with prometheus.yml, rules, alertmanager.yml, Grafana provisioning …');
  for (const option of serverOptions()) command.addOption(option);
  command.addOption(new Option('--no-demo', 'no demonstration (it exists only in `npm start`); without DIR not even metrics of this host'));
  command.addOption(new Option('--log-level <level>', 'least severe messages to print').choices(LOG_LEVELS).default('info'));
  return command.action(async (dir: string | undefined, { logLevel, ...options }: UpOptions) => {
    setFlagsFromString(`--heap-growing-percent=${MOST_GARBAGE_PERCENT}`);
    await runUp({ dir, options, logLevel, version });
  });
}

interface UpRequest {
  readonly dir: string | undefined;
  readonly options: ParsedServerOptions;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly version: string;
}

async function runUp({ dir, options, logLevel, version }: UpRequest): Promise<void> {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, endAtOnce);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  // Listened to before the start, so that a signal during it is not lost.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  let running: App | undefined;
  // During the start the newest files are being read anyway.
  process.on('SIGHUP', () => void running?.reload());
  const uiDir = fileURLToPath(new URL('./ui', import.meta.url));
  let app: App;
  try {
    app = await startApp({ dir, flags: flagsOf(options), version, uiDir, logLevel, quit: stop });
  } catch (error) {
    if (!isAppError(error)) return endAtOnce(error);
    console.error(`alidade: ${error.message}`);
    process.exit(1);
  }
  running = app;
  followSupervisor(stop);
  if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  // What was acknowledged is on disk: whoever asked for an end must not wait for a part that does not finish.
  setTimeout(() => {
    console.error(`alidade: not everything stopped within ${STOP_WITHIN_MS / 1000} s; ending all the same`);
    process.exit(0);
  }, STOP_WITHIN_MS).unref();
  await app.stop();
  process.exit(0);
}

/** A supervisor that was killed cannot stop its server: without it nobody would own the port. */
function followSupervisor(stop: () => void): void {
  const supervisor = Number(process.env.ALIDADE_SUPERVISOR_PID);
  if (!supervisor) return;
  const timer = setInterval(() => {
    if (process.ppid !== supervisor) stop();
  }, 1_000);
  timer.unref();
}

/** A broken program must not go on; the supervisor starts a fresh one. */
function endAtOnce(error: unknown): never {
  console.error(`alidade: internal error: ${error instanceof Error ? error.stack : messageOf(error)}`);
  process.exit(INTERNAL_ERROR);
}
