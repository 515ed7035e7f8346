// biome-ignore-all lint/suspicious/noTemplateCurlyInString: group references look like placeholders
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../server/config/load.ts';
import type { ScrapeConfig } from '../server/config/scrape-config.ts';
import { Labels } from '../server/model/labels.ts';
import { randomFrom } from '../server/model/seeded-random.ts';
import { relabel } from '../server/relabel/relabel.ts';
import { findPrometheus, startPrometheus } from './peers/prometheus.ts';

// One prometheus.yml with hundreds of jobs, each with a target and random relabelling rules: Prometheus and Alidade must make the same labels of
// each target, or drop it.
const JOBS = 400;
const WITHIN_MS = 60_000;

const NAMES = ['a', 'b', 'c', '__meta_x', '__meta_y_1', 'job', '__address__', 'utf.8 é'];
const VALUES = ['x', 'yy', 'x;yy', 'Straße', 'ΑΣ İ', 'a-1', 'line\nbreak', '10.0.0.1:80', ''];
const REGEXES = [
  '(.*)',
  '(.+)',
  'x',
  '(\\w)(\\w*)',
  '(?P<first>[a-z]+)[;-]?(?P<rest>.*)',
  '__meta_(.+)',
  '[^:]+(?::\\d+)?',
  'x|yy|',
  '.*(b).*',
  '(?i)STRASSE|straße',
];
const TEMPLATES = ['$1', '$2', '${first}_$rest', 'fixed', '', 'x$1y', '${1}-${2}', '$$1', '$0', 'a$', '$1_'];
const TARGETS = ['t', 'a', '${1}', 'x_$1', 'job', '__tmp', 'instance', 'utf.8 é'];
const ACTIONS = [
  'replace',
  'replace',
  'replace',
  'keep',
  'drop',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
];

/** Numbers below `n` that are the same in every run. */
function dice(seed: number): (n: number) => number {
  const random = randomFrom(seed);
  return (n) => Math.floor(random() * n);
}

function randomRule(roll: (n: number) => number): Record<string, unknown> {
  const pick = (list: readonly string[]) => list[roll(list.length)] ?? '';
  const action = pick(ACTIONS);
  const sources = Array.from({ length: 1 + roll(3) }, () => pick(NAMES));
  const target = pick(TARGETS);
  switch (action) {
    case 'labeldrop':
    case 'labelkeep':
      // Keeping must not lose the address, or the target is an error instead of a label set.
      return {
        action,
        regex:
          action === 'labelkeep' ? `__address__|__scheme__|__metrics_path__|__scrape_.*|${pick(REGEXES)}` : pick(['a', 'b|c', '__meta_.+']),
      };
    case 'labelmap':
      // Never two names to one: Prometheus goes through a target's labels in random order. Nor one to nothing: it would keep an empty name.
      return { action, regex: pick(['__meta_(.+)', '(a|b)', '(c)']), replacement: pick(['m_$1', '$1', '${1}_m', '$0.$1']) };
    case 'keepequal':
    case 'dropequal':
      return { action, source_labels: sources, target_label: target };
    case 'lowercase':
    case 'uppercase':
      return { action, source_labels: sources, target_label: target };
    case 'hashmod':
      return { action, source_labels: sources, target_label: target, modulus: 1 + roll(1000) };
    default: {
      const separator = roll(3) === 0 ? { separator: pick(['', '-', '::']) } : {};
      return { action, source_labels: sources, regex: pick(REGEXES), target_label: target, replacement: pick(TEMPLATES), ...separator };
    }
  }
}

function randomJob(i: number): Record<string, unknown> {
  const roll = dice(i);
  const labels: Record<string, string> = {};
  for (const name of NAMES) if (name !== 'job' && name !== '__address__' && roll(3) > 0) labels[name] = VALUES[roll(VALUES.length)] ?? '';
  const rules = Array.from({ length: 1 + roll(4) }, () => randomRule(roll));
  return { job_name: `job-${i}`, static_configs: [{ targets: ['10.0.0.1:80'], labels }], relabel_configs: rules };
}

interface PeerTargets {
  readonly activeTargets: readonly { readonly scrapePool: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly droppedTargets: readonly { readonly scrapePool: string }[];
}

/** By job: the labels of its target, or 'dropped'. */
async function askPeer(url: string): Promise<Map<string, unknown>> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const answer = (await (await fetch(`${url}/api/v1/targets`)).json()) as { readonly data: PeerTargets };
    const { activeTargets, droppedTargets } = answer.data;
    const results = new Map<string, unknown>([
      ...droppedTargets.map(({ scrapePool }) => [scrapePool, 'dropped'] as const),
      ...activeTargets.map(({ scrapePool, labels }) => [scrapePool, labels] as const),
    ]);
    // Targets come in batches, five seconds apart.
    if (results.size === JOBS) return results;
    if (Date.now() > deadline) throw new Error(`Prometheus shows ${results.size} of ${JOBS} targets`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The target's labels as a scrape would have them: relabelled, internal ones gone, the address as instance. */
function relabelHere(job: ScrapeConfig): unknown {
  const discovery = job.discoveries[0];
  const group = discovery?.type === 'static' ? discovery.groups[0] : undefined;
  const discovered = Labels.from({
    job: job.jobName,
    __scheme__: 'http',
    __metrics_path__: '/metrics',
    __scrape_interval__: '1h',
    __scrape_timeout__: '10s',
    ...group?.labels,
    __address__: group?.targets[0] ?? '',
  });
  const labels = relabel(discovered, job.relabel);
  if (!labels) return 'dropped';
  const visible = Object.entries(labels.toObject()).filter(([name]) => !name.startsWith('__'));
  return { instance: labels.get('__address__'), ...Object.fromEntries(visible) };
}

const prometheus = findPrometheus();

describe.skipIf(prometheus === undefined)('relabelling against Prometheus (.cache/peers/prometheus-3)', () => {
  it(`makes the same labels of ${JOBS} targets`, async () => {
    const jobs = Array.from({ length: JOBS }, (_, i) => randomJob(i));
    const text = JSON.stringify({ global: { scrape_interval: '1h' }, scrape_configs: jobs });
    const dir = await mkdtemp(join(tmpdir(), 'alidade-relabel-'));
    await writeFile(join(dir, 'prometheus.yml'), text);
    const { config, problems } = await loadConfig({ dir, flags: {}, env: {}, checkExpr: () => undefined, checkTemplate: () => undefined });
    await rm(dir, { recursive: true });
    expect(problems).toEqual([]);
    const peer = await startPrometheus(prometheus ?? '', { config: text });
    try {
      const theirs = await askPeer(peer.url);
      const ours = new Map((config?.prometheus.scrapeConfigs ?? []).map((job) => [job.jobName, relabelHere(job)]));
      const different = jobs.filter(
        ({ job_name: name }) => JSON.stringify(sorted(ours.get(String(name)))) !== JSON.stringify(sorted(theirs.get(String(name)))),
      );
      expect(different.map((job) => ({ job, ours: ours.get(String(job.job_name)), theirs: theirs.get(String(job.job_name)) }))).toEqual([]);
      // Both outcomes must have been tried.
      expect([...theirs.values()].filter((result) => result === 'dropped').length).toBeGreaterThan(20);
      expect([...theirs.values()].filter((result) => result !== 'dropped').length).toBeGreaterThan(100);
    } finally {
      await peer.close();
    }
  });
});

function sorted(result: unknown): unknown {
  return typeof result === 'object' && result !== null ? Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)) : result;
}
