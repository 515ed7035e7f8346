// The configuration files of the source documents, to the letter: each lab comes up, and says in words what is missing around it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer, until } from './testing/processes.ts';

const labs = process.env.ALIDADE_LABS ?? '';

interface Lab {
  readonly dir: string;
  /** Every warning contains one of these texts, and each of them is in one. */
  readonly warnings: readonly string[];
  readonly jobs: readonly string[];
  /** Of targets; nothing stands in for them. */
  readonly unknownHosts: readonly string[];
  readonly alertRules: number;
  readonly dashboards: readonly string[];
}

const LABS: readonly Lab[] = [
  {
    dir: 'lab-05',
    warnings: [],
    jobs: ['ml-api', 'node', 'prometheus'],
    unknownHosts: [],
    alertRules: 5,
    dashboards: ['ML API Monitoring Dashboard'],
  },
  {
    dir: 'lab-04',
    warnings: ['grafana/dashboards'],
    jobs: ['ml-api', 'node', 'prometheus'],
    unknownHosts: [],
    alertRules: 3,
    dashboards: [],
  },
  {
    dir: 'day-58',
    warnings: ['elasticsearch.yml', 'kibana.yml', 'logstash.conf', 'jaeger.yml'],
    jobs: ['ml-model-serving', 'node-exporter', 'nvidia-gpu', 'prometheus'],
    unknownHosts: ['ml-service', 'gpu-exporter'],
    alertRules: 3,
    dashboards: ['ML System Overview'],
  },
  {
    dir: 'exercise-01/config',
    warnings: ['pagerduty_configs', 'loki.yaml', 'promtail.yaml', 'kubernetes-apiservers', 'kubernetes-nodes'],
    jobs: ['node', 'prometheus'],
    unknownHosts: [],
    alertRules: 9,
    dashboards: [],
  },
];

interface Target {
  readonly labels: { readonly job: string };
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}
interface Status {
  readonly config: {
    readonly stale: boolean;
    readonly problems: readonly { readonly severity: string; readonly file: string; readonly message: string }[];
  };
}
interface Rule {
  readonly type: string;
  readonly health: string;
  readonly lastError?: string;
}

const targetsOf = async (server: RunningServer) =>
  (await server.api<{ data: { activeTargets: readonly Target[] } }>('/api/v1/targets?state=active')).data.activeTargets;

describe.skipIf(labs === '')('the labs of the source documents (ALIDADE_LABS)', () => {
  const servers = new Map<string, RunningServer>();
  let filesBefore: readonly string[];
  const filesNow = () => readdirSync(labs, { recursive: true, encoding: 'utf8' }).sort();

  beforeAll(async () => {
    filesBefore = filesNow();
    const started = await Promise.all(LABS.map(({ dir }) => startServer([join(labs, dir), '--resolve', 'app=127.0.0.1'])));
    started.forEach((server, i) => {
      servers.set((LABS[i] as Lab).dir, server);
    });
  }, 120_000);
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
  });

  describe.each(LABS)('$dir', ({ dir, warnings, jobs, unknownHosts, alertRules, dashboards }) => {
    const server = () => servers.get(dir) as RunningServer;

    it('runs with the expected warnings and nothing else', async () => {
      const { config } = await server().api<Status>('/api/ui/status');
      const texts = config.problems.map(({ file, message }) => `${file}: ${message}`);
      expect(config.stale).toBe(false);
      expect(config.problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
      expect(texts.filter((text) => !warnings.some((warning) => text.includes(warning)))).toEqual([]);
      expect(warnings.filter((warning) => !texts.some((text) => text.includes(warning)))).toEqual([]);
    });

    it('loads the rules and dashboards', async () => {
      type Rules = { readonly data: { readonly groups: readonly { readonly rules: readonly Rule[] }[] } };
      const { data } = await server().api<Rules>('/api/v1/rules');
      const rules = data.groups.flatMap((group) => group.rules);
      expect(rules.filter(({ type }) => type === 'alerting')).toHaveLength(alertRules);
      expect(rules.filter(({ health, lastError }) => health === 'err' || (lastError ?? '') !== '')).toEqual([]);
      const listed = await server().api<readonly { readonly title: string; readonly panels: number }[]>('/api/ui/dashboards');
      expect(listed.map(({ title }) => title)).toEqual(dashboards);
      expect(listed.every(({ panels }) => panels > 0)).toBe(true);
    });

    it('scrapes every target, or says in words why not', async () => {
      await until(
        'every target has been scraped',
        async () => (await targetsOf(server())).every(({ health }) => health !== 'unknown'),
        60_000,
      );
      const targets = await targetsOf(server());
      expect(targets.map(({ labels }) => labels.job).sort()).toEqual(jobs);
      // Whether anybody listens on the documents' ports here is not ours to say.
      for (const { labels, health, lastError } of targets) expect(lastError === '', labels.job).toBe(health === 'up');
      for (const host of unknownHosts)
        expect(targets.map(({ lastError }) => lastError)).toContainEqual(
          expect.stringContaining(`map it with --resolve ${host}=127.0.0.1`),
        );
    });
  });

  it('answers the node-exporter target of day-58 from the built-in host collector', async () => {
    const server = servers.get('day-58') as RunningServer;
    await until('the first scrape', async () => (await server.query('up{job="node-exporter"}'))[0]?.value === 1, 60_000);
    const series = await server.query(
      'count by (__name__) ({job="node-exporter", __name__=~"node_(cpu_seconds_total|memory_MemTotal_bytes|load1)"})',
    );
    expect(series.map(({ metric }) => metric.__name__).sort()).toEqual([
      'node_cpu_seconds_total',
      'node_load1',
      'node_memory_MemTotal_bytes',
    ]);
  });

  it('leaves the folders as they were', () => {
    expect(filesNow()).toEqual(filesBefore);
  });
});
