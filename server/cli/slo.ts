// `alidade slo`: the state of objectives as a table. Of a running Alidade, or with --dir of a folder's objectives at any Prometheus.
import { readFile } from 'node:fs/promises';
import type { SloDetail, SloList, SloStatus } from '@alidade/sdk/schema';
import { askPrometheus, burnRateOf, hoursText, sloStatus, unaskedStatus } from '@alidade/sdk/slo';
import { readSloFile, SLO_FORMATS, type SloFormat, writeSlos } from '@alidade/sdk/slo/files';
import { Command, Option } from 'commander';
import { loadChecked } from '../app-config.ts';
import { formatProblem } from '../config/problem.ts';
import { messageOf } from '../model/app-error.ts';

interface SloOptions {
  readonly url: string;
  readonly dir?: string;
  readonly json?: boolean;
}

/** `alidade slo list | show | check | convert`. */
export function sloCommand(): Command {
  return new Command('slo')
    .description('Show objectives, their error budgets and burn rates; the token in ALIDADE_TOKEN is used if it is set')
    .addCommand(asking('list', 'one line for each objective, those that need care first', runList))
    .addCommand(asking('show', 'all that is known of one objective', runShow).argument('<objective>', 'its name, or service/name'))
    .addCommand(asking('check', 'as list; ends with 1 when an objective is out of budget', runCheck))
    .addCommand(convertCommand());
}

function asking(name: string, description: string, run: (options: SloOptions, id: string) => Promise<number>): Command {
  return new Command(name)
    .description(description)
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9090')
    .option('--dir <dir>', 'take the objectives of this folder, and ask any Prometheus at --url')
    .option('--json', 'print JSON')
    .action(async (...args: unknown[]) => {
      const id = typeof args[0] === 'string' ? args[0] : '';
      const options = args[id === '' ? 0 : 1] as SloOptions;
      try {
        process.exitCode = await run(options, id);
      } catch (error) {
        console.error(`alidade slo ${name}: ${messageOf(error)}`);
        process.exitCode = 2;
      }
    });
}

function convertCommand(): Command {
  return new Command('convert')
    .description('print the objectives of a file (OpenSLO, Sloth, Pyrra) in another format')
    .argument('<file>', 'file of objectives')
    .addOption(new Option('--to <format>', 'the format').choices([...SLO_FORMATS]).makeOptionMandatory())
    .action(async (file: string, { to }: { to: SloFormat }) => {
      const { slos, problems } = readSloFile(await readFile(file, 'utf8'));
      for (const problem of problems) console.error(formatProblem({ ...problem, file }));
      const isGood = problems.every(({ severity }) => severity === 'warning');
      if (isGood) {
        const { text, lost } = writeSlos(slos, to);
        process.stdout.write(text);
        for (const what of lost) console.error(`not in the format of ${to}: ${what}`);
      }
      process.exitCode = isGood ? 0 : 1;
    });
}

async function runList(options: SloOptions): Promise<number> {
  const statuses = await statusesOf(options);
  if (options.json) console.log(JSON.stringify(statuses, null, 2));
  else if (statuses.length === 0)
    console.log('There are no objectives. Put OpenSLO, Sloth or Pyrra files into slo/ of the folder that Alidade runs.');
  else console.log(table(statuses));
  return 0;
}

async function runCheck(options: SloOptions): Promise<number> {
  const statuses = await statusesOf(options);
  const spent = statuses.filter(({ budgetRemaining }) => budgetRemaining !== null && budgetRemaining <= 0);
  const unknown = statuses.filter(({ budgetRemaining }) => budgetRemaining === null).length;
  if (options.json) console.log(JSON.stringify(statuses, null, 2));
  else {
    if (statuses.length > 0) console.log(`${table(statuses)}\n`);
    const rest = unknown === 0 ? '' : `, ${unknown} cannot be judged`;
    console.log(`${spent.length} of ${statuses.length} objectives out of budget${rest}`);
  }
  return spent.length > 0 ? 1 : 0;
}

async function runShow(options: SloOptions, id: string): Promise<number> {
  const statuses = await statusesOf(options);
  const status = statuses.find(({ slo }) => id === slo.name || id === `${slo.service}/${slo.name}`);
  if (!status) {
    const names = statuses.map(({ slo }) => `${slo.service}/${slo.name}`).join(', ');
    throw new Error(`there is no objective "${id}"; ${names === '' ? 'there are none at all' : `there are ${names}`}`);
  }
  const detail = options.dir === undefined ? await detailOf(options, status) : undefined;
  if (options.json) console.log(JSON.stringify(detail ?? status, null, 2));
  else console.log(described(status, detail));
  return 0;
}

/** Of the running server, or of a folder asked at any Prometheus. */
async function statusesOf(options: SloOptions): Promise<readonly SloStatus[]> {
  if (options.dir === undefined) return ((await ask(options, '/api/ui/slo')) as SloList).objectives;
  const { config, problems } = await loadChecked(options.dir, {});
  for (const problem of problems) if (problem.severity === 'error') console.error(formatProblem(problem));
  if (!config) throw new Error(`the objectives of ${options.dir} cannot be read`);
  const timeMs = Date.now();
  const asker = askPrometheus({ url: options.url, token: process.env.ALIDADE_TOKEN }, timeMs);
  // One that cannot be asked does not hide the others; a server that does not answer is told as such.
  const statuses = await Promise.allSettled(config.slos.map(({ slo, file }) => sloStatus(slo, asker, { timeMs, file })));
  return statuses.map((one, i) => {
    if (one.status === 'fulfilled') return one.value;
    const { slo, file } = config.slos[i] as (typeof config.slos)[number];
    if (statuses.every(({ status }) => status === 'rejected')) throw one.reason;
    return unaskedStatus(slo, messageOf(one.reason), { timeMs, file });
  });
}

async function detailOf(options: SloOptions, { slo }: SloStatus): Promise<SloDetail> {
  return (await ask(options, `/api/ui/slo/${encodeURIComponent(slo.service)}/${encodeURIComponent(slo.name)}`)) as SloDetail;
}

async function ask({ url }: SloOptions, path: string): Promise<unknown> {
  const token = process.env.ALIDADE_TOKEN;
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}${path}`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new Error(`no answer from ${url}: ${cause}. Is the server running? Name another address with --url.`);
  }
  if (response.ok) return await response.json();
  const hint = response.status === 404 ? '; is it an Alidade? Ask another Prometheus with --dir DIR, which holds the objectives' : '';
  throw new Error(`${url} answers ${response.status}${hint}`);
}

const HEAD = ['OBJECTIVE', 'TARGET', 'WINDOW', 'SUCCESS', 'BUDGET LEFT', 'BURN 1H', 'GONE IN', 'STATE'];

function table(statuses: readonly SloStatus[]): string {
  const rows = statuses.map((status) => [
    `${status.slo.service}/${status.slo.name}`,
    percent(status.slo.target),
    status.slo.window,
    percent(status.successRate),
    percent(status.budgetRemaining, 1),
    number(burnRateOf(status, '1h')),
    goneIn(status),
    status.state,
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEAD, ...rows].map(line).join('\n');
}

function described(status: SloStatus, detail: SloDetail | undefined): string {
  const { slo } = status;
  const lines = [
    `${slo.title ?? slo.name} (${slo.service})${slo.description ? `\n${slo.description}` : ''}`,
    `state            ${status.state}: ${status.reason}`,
    `target           ${percent(slo.target)} over ${slo.window}`,
    `success rate     ${percent(status.successRate)}${status.isCompliant === null ? '' : status.isCompliant ? ', reached' : ', missed'}`,
    `events           ${number(status.total, 0)}, of which ${number(status.failed, 0)} failed`,
    `budget left      ${percent(status.budgetRemaining, 1)}`,
    `gone in          ${goneIn(status)}`,
    `burn rates       ${status.burnRates.map(({ window, rate }) => `${window}: ${number(rate)}`).join(', ')}`,
    ...(slo.team ? [`team             ${slo.team}`] : []),
    ...(slo.runbookUrl ? [`runbook          ${slo.runbookUrl}`] : []),
    ...(status.file ? [`defined in       ${status.file}`] : []),
  ];
  const incidents = detail?.incidents ?? [];
  if (incidents.length > 0) lines.push('incidents that spent the budget:');
  for (const { startMs, endMs, budgetShare, failed } of incidents.slice(0, 10)) {
    lines.push(`  ${timeText(startMs)} to ${timeText(endMs)}  ${percent(budgetShare, 1)} of the budget, ${number(failed, 0)} failed`);
  }
  return lines.join('\n');
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function goneIn({ exhaustedInHours }: SloStatus): string {
  if (exhaustedInHours === null) return '-';
  return exhaustedInHours === 0 ? 'spent' : hoursText(exhaustedInHours);
}

/** Less than all is never printed as 100 %. */
function percent(share: number | null, digits = 3): string {
  if (share === null) return '-';
  const rounded = Number((share * 100).toFixed(digits));
  return rounded === 100 && share < 1 && digits > 1 && digits < 9 ? percent(share, digits + 1) : `${rounded} %`;
}

function number(value: number | null, digits = 2): string {
  return value === null ? '-' : String(Number(value.toFixed(digits)));
}
