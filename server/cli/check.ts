import { Command } from 'commander';
import { loadChecked } from '../app-config.ts';
import { formatProblem } from '../config/problem.ts';
import { DashboardStore } from '../dashboards/store.ts';
import { flagsOf, type ParsedServerOptions, serverOptions } from './flags.ts';

/** `alidade check DIR`: reads the configuration as `up` would, prints every problem, and does nothing else. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('Check a configuration folder: print all problems at once, start nothing')
    .argument('[dir]', 'folder with prometheus.yml, rules, alertmanager.yml, Grafana provisioning …', '.');
  for (const option of serverOptions()) command.addOption(option);
  return command.action(async (dir: string, options: ParsedServerOptions) => {
    process.exitCode = await runCheck(dir, options);
  });
}

async function runCheck(dir: string, options: ParsedServerOptions): Promise<number> {
  const { config, problems } = await loadChecked(dir, flagsOf(options));
  const all = config ? [...problems, ...(await new DashboardStore().load(config.grafana))] : problems;
  for (const problem of all) console.log(formatProblem(problem));
  const errors = all.filter((problem) => problem.severity === 'error').length;
  const warnings = all.length - errors;
  console.log(`${dir}: ${errors === 0 ? 'good' : 'not good'}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`);
  return errors === 0 ? 0 : 1;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
