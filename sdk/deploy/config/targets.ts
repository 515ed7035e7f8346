// Which program a target of a scrape job is: the same definitions name `localhost:5000` beside Alidade, `app:5000` in Compose and a Service in
// Kubernetes.
import type { ScrapeJob } from '../definitions.ts';

/** Programs by the port that they listen on, for targets on the own machine. */
const BY_PORT: Readonly<Record<string, string>> = {
  '3000': 'grafana',
  '3100': 'loki',
  '3200': 'tempo',
  '5000': 'app',
  '9090': 'prometheus',
  '9093': 'alertmanager',
  '9100': 'node-exporter',
  '9400': 'gpu-exporter',
};
const ALIASES: Readonly<Record<string, string>> = {
  'prediction-api': 'app',
  'ml-api': 'app',
  'churn-api': 'app',
  'dcgm-exporter': 'gpu-exporter',
};

/** A program and the port that is scraped. */
export interface ProgramPort {
  readonly program: string;
  readonly port: number;
}

/** The program behind `host:port`. */
export function programOf(target: string): ProgramPort {
  const [, host = target, port = ''] = /^(.*?)(?::(\d+))?$/.exec(target) ?? [];
  const isHere = host === 'localhost' || host === '127.0.0.1' || host === 'host.docker.internal';
  const program = isHere ? BY_PORT[port] : undefined;
  return { program: program ?? ALIASES[host] ?? host, port: Number(port || 80) };
}

/** The programs that jobs scrape at fixed addresses. */
export function programsOf(jobs: readonly ScrapeJob[]): ReadonlySet<string> {
  const groups = jobs.flatMap(({ static_configs = [] }) => static_configs);
  return new Set(groups.flatMap(({ targets }) => targets.map((target) => programOf(target).program)));
}

/** What rules and dashboards call the prediction API: the label `service` of its job. */
export function serviceName(jobs: readonly ScrapeJob[]): string {
  const groups = jobs.flatMap(({ static_configs = [] }) => static_configs);
  const group = groups.find(({ targets }) => targets.some((target) => programOf(target).program === 'app'));
  return group?.labels?.service ?? 'prediction-api';
}
