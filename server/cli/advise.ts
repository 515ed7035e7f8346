// `alidade advise`: what series cost and which may go, with proof; and the relabelling that does it, written beside prometheus.yml or taken
// back.
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { monthlyBill } from '@alidade/sdk/advise';
import type { Advice, AdviceProof, AdviceReport, RelabelEntry } from '@alidade/sdk/schema';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { comment } from '../advisor/advice/yaml.ts';
import { messageOf } from '../model/app-error.ts';
import { adviceText, billText } from './advise/text.ts';

interface AdviseOptions {
  readonly url: string;
  readonly days: string;
  readonly json?: boolean;
  readonly apply?: boolean;
  readonly revert?: boolean;
  readonly exercise?: boolean;
}

/** A piece of advice and its proof. */
export interface ProvedAdvice {
  readonly advice: Advice;
  readonly proof: AdviceProof;
}

/** Proofs are asked for of the advice that saves the most. */
const MAX_PROOFS = 20;
/** Without names nothing is applied before weekly readers had their turn. */
const LEAST_DAYS_KNOWN = 7;

/** `alidade advise`. */
export function adviseCommand(): Command {
  return new Command('advise')
    .description('Say what metrics, labels and logs cost and which nobody reads, each with the proof that no stored query changes')
    .argument('[id...]', 'advice to show or apply (default: the twenty that save the most)')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9090')
    .option('--days <n>', 'go by the queries of the last n days', '30')
    .option('--json', 'print JSON: { report, proofs }')
    .option('--apply', 'write the relabelling of proved advice beside prometheus.yml and reload; without ids, of all that no query notices')
    .option('--revert', 'remove what --apply has written and reload')
    .option('--exercise', "price a month of the exercise's load (50 services, 10 million requests a day); asks no server")
    .action(async (ids: readonly string[], options: AdviseOptions) => {
      try {
        process.exitCode = await run(ids, options);
      } catch (error) {
        console.error(`alidade advise: ${messageOf(error)}`);
        process.exitCode = 2;
      }
    });
}

async function run(ids: readonly string[], options: AdviseOptions): Promise<number> {
  if (options.exercise) {
    const bill = monthlyBill();
    console.log(options.json ? JSON.stringify(bill, null, 2) : billText(bill));
    return bill.isWithinBudget ? 0 : 1;
  }
  const report = await ask<AdviceReport>(options, '/api/ui/advice', { days: options.days });
  if (options.revert) return revert(report, options);
  const proved: ProvedAdvice[] = [];
  for (const advice of chosen(report, ids, options))
    proved.push({ advice, proof: await ask<AdviceProof>(options, '/api/ui/advice/proof', { id: advice.id, days: options.days }) });
  if (options.apply) return apply(report, proved, ids.length > 0, options);
  console.log(options.json ? JSON.stringify({ report, proofs: proved.map(({ proof }) => proof) }, null, 2) : adviceText(report, proved));
  return 0;
}

function chosen({ advice }: AdviceReport, ids: readonly string[], { apply }: AdviseOptions): readonly Advice[] {
  if (ids.length === 0) return apply ? advice.filter(({ isApplicable }) => isApplicable) : advice.slice(0, MAX_PROOFS);
  return ids.map((id) => {
    const found = advice.find((one) => one.id === id);
    if (!found) throw new Error(`there is no advice "${id}"; alidade advise lists them`);
    return found;
  });
}

/** Adds the relabelling to what is applied already. What was named is applied if no answer is known to change; the rest only with full proof. */
async function apply(report: AdviceReport, proved: readonly ProvedAdvice[], isNamed: boolean, options: AdviseOptions): Promise<number> {
  const { applyFile, applied } = report;
  if (!applyFile) throw new Error('the server has no scrape_configs to add relabelling to');
  const isWanted = ({ advice, proof }: ProvedAdvice) =>
    advice.isApplicable && (proof.verdict === 'same' || (isNamed && proof.verdict === 'incomplete'));
  for (const one of proved.filter((each) => !isWanted(each)))
    console.error(`left out: ${one.advice.id}: ${one.advice.isApplicable ? one.proof.summary : 'no relabelling of scrapes does it'}`);
  const known = (report.atMs - report.queriesSinceMs) / 86_400_000;
  if (!isNamed && known < Math.min(LEAST_DAYS_KNOWN, report.days)) {
    console.error(
      `left out: everything: queries are known for ${known.toFixed(1)} days only, and readers may come once a week; name the advice to apply it all the same`,
    );
    return 1;
  }
  const wanted = await together(proved.filter(isWanted), isNamed, options);
  if (wanted.length === 0) {
    console.log('Nothing to apply.');
    return isNamed ? 1 : 0;
  }
  const relabel = withoutRepeats([...(applied?.relabel ?? []), ...wanted.flatMap(({ advice }) => advice.relabel)]);
  await writeApplied(applyFile, relabel, wanted);
  for (const { advice } of wanted) console.log(`applied: ${advice.id}: ${advice.title}`);
  console.log(`written: ${applyFile} (alidade advise --revert removes it)`);
  return reload(options);
}

/** Those that can be in force at once: without two labels series may be one that without either are still two. */
async function together(proved: readonly ProvedAdvice[], isNamed: boolean, options: AdviseOptions): Promise<ProvedAdvice[]> {
  const accepted: ProvedAdvice[] = [];
  for (const one of proved) {
    const beside = accepted.filter(({ advice }) => changeSameSeries(advice, one.advice)).map(({ advice }) => advice.id);
    if (beside.length > 0) {
      const ids = [...beside, one.advice.id].map((id): [string, string] => ['id', id]);
      const { verdict, summary } = await ask<AdviceProof>(options, '/api/ui/advice/proof', [...ids, ['days', options.days]]);
      if (verdict !== 'same' && !(isNamed && verdict === 'incomplete')) {
        console.error(`left out: ${one.advice.id}: together with ${beside.join(', ')}: ${summary}`);
        continue;
      }
    }
    accepted.push(one);
  }
  return accepted;
}

/** Whether both change labels of a metric. Lists of metrics that are cut may have any. */
function changeSameSeries(a: Advice, b: Advice): boolean {
  if (a.label === undefined || b.label === undefined) return false;
  const isCut = ({ metrics, metricCount }: Advice) => metrics.length < metricCount;
  return isCut(a) || isCut(b) || a.metrics.some((name) => b.metrics.includes(name));
}

async function revert({ applied, applyFile }: AdviceReport, options: AdviseOptions): Promise<number> {
  const file = applied?.file ?? applyFile;
  if (file === undefined || !existsSync(file)) {
    console.log('Nothing was applied.');
    return 0;
  }
  await rm(file);
  console.log(`removed: ${file}`);
  return reload(options);
}

async function writeApplied(file: string, relabel: readonly RelabelEntry[], wanted: readonly ProvedAdvice[]): Promise<void> {
  const head = [
    'Written by `alidade advise --apply`; `alidade advise --revert` removes it. Alidade adds these rules to every job of prometheus.yml.',
    ...wanted.map(({ advice, proof }) => `${advice.id}: ${proof.summary}`),
  ];
  const text = `${comment(...head)}${stringify({ metric_relabel_configs: relabel }, { lineWidth: 0 })}`;
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Error(`${basename(file)} cannot be written where the server reads it (${messageOf(error)}); run this where its files are`);
  }
}

function withoutRepeats(relabel: readonly RelabelEntry[]): RelabelEntry[] {
  const seen = new Map<string, RelabelEntry>();
  const repeated: RelabelEntry[] = [];
  for (const entry of relabel) {
    // Rules that replace one id at a time stand there several times on purpose.
    const key = JSON.stringify([entry.action, entry.source_labels, entry.regex, entry.target_label, entry.replacement]);
    if (!seen.has(key) || entry.replacement?.includes('$')) repeated.push(entry);
    seen.set(key, entry);
  }
  return repeated;
}

/** The server notices the file by itself; asked, it does at once, and says what is wrong. */
async function reload({ url }: AdviseOptions): Promise<number> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/-/reload`, { method: 'POST', headers: authorization() }).catch(() => undefined);
  if (response?.ok) console.log('reloaded');
  else if (!response) console.log('The server does not answer; it reads the change when it notices it, on SIGHUP, or at its next start.');
  else {
    console.error(`the server did not reload: ${response.status}: ${(await response.text()).trim()}`);
    return 1;
  }
  return 0;
}

async function ask<T>({ url }: AdviseOptions, path: string, parameters: Readonly<Record<string, string>> | [string, string][]): Promise<T> {
  const address = `${url.replace(/\/+$/, '')}${path}?${new URLSearchParams(parameters)}`;
  let response: Response;
  try {
    response = await fetch(address, { headers: authorization() });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new Error(`no answer from ${url}: ${cause}. Is the server running? Name another address with --url.`);
  }
  const answer = (await response.json().catch(() => undefined)) as (T & { error?: { message?: string } }) | undefined;
  if (!response.ok || answer === undefined) throw new Error(answer?.error?.message ?? `${response.status} ${response.statusText}`);
  return answer;
}

function authorization(): Record<string, string> {
  const token = process.env.ALIDADE_TOKEN;
  return token ? { authorization: `Bearer ${token}` } : {};
}
