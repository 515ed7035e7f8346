import { Command } from 'commander';
import { bad, type Check, good } from '../doctor/check.ts';
import { askComponent, type Component, USUAL_COMPONENTS } from '../doctor/components.ts';
import { messageOf } from '../model/app-error.ts';
import { askServer, type ServerAddress, urlOption } from './server-address.ts';

interface DoctorOptions extends ServerAddress {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly component: readonly string[];
}

/** What the server tells of itself and of what it is pointed at. */
interface SelfReport {
  readonly version: string;
  readonly nowMs: number;
  readonly checks: readonly Check[];
  readonly components: readonly { readonly name: string; readonly url: string }[];
}

const CLOCK_MS = 5_000;
const SIGNS: Readonly<Record<Check['status'], string>> = {
  ok: '✓ ok     ',
  warning: '! warning',
  failure: '✕ failure',
  absent: '· absent ',
};

/** `alidade doctor`: looks at a running server and the programs around it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Check a running Alidade, what it is pointed at, and the usual programs of the stack on this machine; status 1 when something fails',
    )
    .addOption(urlOption())
    .option('--component <name=url>', 'a program that must answer, repeatable', (value: string, before: string[]) => [...before, value], [])
    .option('--all', 'every usual program must be there (default: one that nobody started is only told)')
    .option('--json', 'print the checks as JSON')
    .action(async (options: DoctorOptions) => {
      process.exitCode = await runDoctor(options);
    });
}

async function runDoctor(options: DoctorOptions): Promise<number> {
  const own = await examineServer(options);
  const components = componentsOf(options, own.components);
  const around = await Promise.all(components.map((component) => askComponent(component)));
  const checks = [...own.checks, ...around];
  const isWell = checks.every(({ status }) => status !== 'failure');
  if (options.json) console.log(JSON.stringify({ status: isWell ? 'ok' : 'failure', url: options.url, checks }, null, 2));
  else printChecks(checks);
  return isWell ? 0 : 1;
}

async function examineServer(options: DoctorOptions): Promise<Pick<SelfReport, 'checks' | 'components'>> {
  try {
    const report = (await (await askServer(options, '/api/ui/doctor')).json()) as SelfReport;
    const apartMs = Math.abs(report.nowMs - Date.now());
    const clock =
      apartMs > CLOCK_MS
        ? [bad('clocks', 'warning', `the server's clock and this one are ${Math.round(apartMs / 1000)} s apart`, 'set both by NTP')]
        : [];
    return {
      checks: [good('Alidade', `${options.url}, version ${report.version}`), ...report.checks, ...clock],
      components: report.components,
    };
  } catch (error) {
    return {
      checks: [bad('Alidade', 'failure', messageOf(error), 'start it: alidade up, or name its address with --url')],
      components: [],
    };
  }
}

function componentsOf(options: DoctorOptions, pointedAt: SelfReport['components']): Component[] {
  const named = options.component.map((text) => {
    const [, name, url] = /^([^=]+)=(https?:\/\/.+)$/.exec(text) ?? [];
    if (name === undefined || url === undefined)
      throw new Error(`--component "${text}": want NAME=URL (write Grafana=http://localhost:3000/api/health)`);
    return { name, url };
  });
  const cure = 'start it, or correct its address';
  const wanted = [...named, ...pointedAt].map((one) => ({ ...one, cure, isWanted: true }));
  const isWanted = options.all ?? false;
  const usual = USUAL_COMPONENTS.filter(({ name }) => !named.some((one) => one.name === name)).map((one) => ({ ...one, isWanted }));
  return [...wanted, ...usual];
}

function printChecks(checks: readonly Check[]): void {
  for (const { name, status, detail, cure } of checks) {
    console.log(`${SIGNS[status]}  ${name}: ${detail}`);
    if (cure !== undefined && status !== 'absent') console.log(`             → ${cure}`);
  }
  const count = (status: Check['status']) => checks.filter((one) => one.status === status).length;
  console.log(`${count('failure')} failures, ${count('warning')} warnings, ${count('ok')} ok, ${count('absent')} absent`);
}
