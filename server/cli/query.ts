import { Command } from 'commander';
import { messageOf } from '../model/app-error.ts';

interface PrometheusAnswer {
  readonly status: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

interface InstantSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** `alidade query EXPR`: asks a running server and prints one line for each series. */
export function queryCommand(): Command {
  return new Command('query')
    .description('Ask a running Alidade (or Prometheus) an instant PromQL query, with the token in ALIDADE_TOKEN if it is set')
    .argument('<expr>', 'PromQL expression')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9090')
    .option('--time <time>', 'evaluation time, RFC 3339 or unix seconds (default: now)')
    .option('--json', 'print the answer as it came')
    .action(async (expr: string, options: { url: string; time?: string; json?: boolean }) => {
      process.exitCode = await runQuery(expr, options);
    });
}

async function runQuery(expr: string, options: { url: string; time?: string; json?: boolean }): Promise<number> {
  const body = new URLSearchParams({ query: expr, ...(options.time === undefined ? {} : { time: options.time }) });
  let answer: PrometheusAnswer;
  try {
    const token = process.env.ALIDADE_TOKEN;
    const headers = token ? { authorization: `Bearer ${token}` } : undefined;
    const response = await fetch(`${options.url.replace(/\/+$/, '')}/api/v1/query`, { method: 'POST', body, ...(headers && { headers }) });
    answer = (await response.json()) as PrometheusAnswer;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    console.error(`alidade query: no answer from ${options.url}: ${cause}. Is the server running? Name another address with --url.`);
    return 1;
  }
  if (answer.status !== 'success' || answer.data === undefined) {
    console.error(`alidade query: ${answer.error ?? 'the server gave no reason'}`);
    return 1;
  }
  for (const warning of answer.warnings ?? []) console.error(`warning: ${warning}`);
  console.log(options.json ? JSON.stringify(answer.data) : formatResult(answer.data));
  return 0;
}

function formatResult(data: { readonly resultType: string; readonly result: unknown }): string {
  if (data.resultType === 'scalar' || data.resultType === 'string') return String((data.result as readonly [number, string])[1]);
  if (data.resultType !== 'vector') return JSON.stringify(data.result, null, 2);
  return (data.result as readonly InstantSeries[]).map((series) => `${formatMetric(series.metric)} => ${series.value[1]}`).join('\n');
}

function formatMetric(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}
