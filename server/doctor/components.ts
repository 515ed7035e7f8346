// The programs of the stack, and where each tells its health.
import type { Check } from './check.ts';
import { bad, good } from './check.ts';

/** A program that can be asked. */
export interface Component {
  readonly name: string;
  readonly url: string;
  /** How to get it. */
  readonly cure: string;
  /** Whether it must be there. */
  readonly isWanted: boolean;
}

const TIMEOUT_MS = 5_000;
const COMPAT = 'start it, or let Alidade answer for it: alidade up --compat-ports';

/** Where the programs of the stack usually are. */
export const USUAL_COMPONENTS: readonly Omit<Component, 'isWanted'>[] = [
  { name: 'Prometheus', url: 'http://localhost:9090/-/healthy', cure: 'start it: alidade up' },
  { name: 'Alertmanager', url: 'http://localhost:9093/-/healthy', cure: COMPAT },
  { name: 'Grafana', url: 'http://localhost:3000/api/health', cure: COMPAT },
  { name: 'Loki', url: 'http://localhost:3100/ready', cure: COMPAT },
  { name: 'Tempo', url: 'http://localhost:3200/ready', cure: COMPAT },
  { name: 'Jaeger', url: 'http://localhost:16686/', cure: COMPAT },
  { name: 'Elasticsearch', url: 'http://localhost:9200/_cluster/health', cure: COMPAT },
  { name: 'Kibana', url: 'http://localhost:5601/api/status', cure: COMPAT },
  {
    name: 'node exporter',
    url: 'http://localhost:9100/metrics',
    cure: 'start it; without one Alidade collects the metrics of its own host',
  },
  { name: 'Pushgateway', url: 'http://localhost:9091/-/healthy', cure: COMPAT },
  { name: 'MLflow', url: 'http://localhost:5000/health', cure: 'start it: mlflow server --port 5000' },
];

/** Asks a component; a 2xx is good health. */
export async function askComponent(
  { name, url, cure, isWanted }: Component,
  headers: Readonly<Record<string, string>> = {},
): Promise<Check> {
  try {
    const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = (await answer.text()).slice(0, 200).replace(/\s+/g, ' ').trim();
    if (answer.ok) return judgeText(name, url, text);
    // macOS and others have other programs on such ports.
    const isForeign = answer.status === 404 && !isWanted;
    return bad(
      name,
      isForeign ? 'absent' : 'failure',
      `${url} answered ${answer.status}${text === '' ? '' : `: ${text.slice(0, 80)}`}`,
      cureOf(answer.status, cure),
    );
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = (cause as NodeJS.ErrnoException).code;
    const isNobody =
      code === 'ECONNREFUSED' || (cause instanceof AggregateError && cause.errors.every((one) => one.code === 'ECONNREFUSED'));
    const why = isNobody
      ? 'nobody listens there'
      : cause instanceof Error && cause.name === 'TimeoutError'
        ? `no answer within ${TIMEOUT_MS / 1000} s`
        : String((cause as Error).message);
    return bad(name, isNobody && !isWanted ? 'absent' : 'failure', `${url}: ${why}`, cure);
  }
}

/** Elasticsearch answers 200 whatever its health. */
function judgeText(name: string, url: string, text: string): Check {
  if (name === 'Elasticsearch' && /"status"\s*:\s*"red"/.test(text))
    return bad(name, 'failure', `${url}: the cluster is red`, 'look which shards are missing: /_cluster/allocation/explain');
  return good(name, url);
}

function cureOf(status: number, cure: string): string {
  if (status === 401 || status === 403)
    return 'it wants credentials: put them into the URL (--component NAME=http://user:password@host/path), or set ALIDADE_TOKEN';
  return status === 503 ? 'it is starting or overloaded: try again, then look into its log' : cure;
}
