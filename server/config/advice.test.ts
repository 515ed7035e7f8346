import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from './load.ts';

const JOBS = `scrape_configs:
  - job_name: a
    metric_relabel_configs: [{ source_labels: [__name__], regex: own, action: drop }]
  - job_name: b
`;
const checks = { checkExpr: () => undefined, checkTemplate: () => undefined };

async function load(files: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'alidade-advice-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const { config, problems } = await loadConfig({ dir, flags: {}, env: {}, ...checks });
  return {
    dir,
    config,
    problems: problems.map(({ severity, file, line, message }) => `${severity} ${file.slice(dir.length + 1)}:${line}: ${message}`),
  };
}

describe('applied advice', () => {
  it('comes behind the relabelling of every job, and is told in the text of the configuration', async () => {
    const advice = '# why\nmetric_relabel_configs:\n  - { source_labels: [__name__], regex: unread, action: drop }\n';
    const { dir, config } = await load({ 'prometheus.yml': JOBS, 'prometheus.advice.yml': advice });
    const rules = config?.prometheus.scrapeConfigs.map(({ metricRelabel }) => metricRelabel.map(({ regex }) => regex));
    expect(rules).toEqual([['own', 'unread'], ['unread']]);
    const file = join(dir, 'prometheus.advice.yml');
    expect(config?.advice).toMatchObject({ file, rules: [{ action: 'drop', regex: 'unread' }] });
    expect(config?.prometheus.text).toContain(`# In force for every job besides its own, from ${file}:\n# metric_relabel_configs:\n`);
    expect(config?.watch).toContain(file);
  });

  it('says where it would be when there is none', async () => {
    const { dir, config } = await load({ 'prometheus.yml': JOBS });
    expect(config?.advice).toEqual({ file: join(dir, 'prometheus.advice.yml'), rules: [] });
    expect(config?.prometheus.scrapeConfigs.map(({ metricRelabel }) => metricRelabel.length)).toEqual([1, 0]);
  });

  it('is refused with its place when it is wrong', async () => {
    const { config, problems } = await load({
      'prometheus.yml': JOBS,
      'prometheus.advice.yml': 'scrape_configs: []\nmetric_relabel_configs:\n  - { action: replace, regex: "(" }\n',
    });
    expect(config).toBeUndefined();
    expect(problems).toEqual([
      expect.stringMatching(/^error prometheus\.advice\.yml:1: unknown key "scrape_configs"/),
      expect.stringMatching(/^error prometheus\.advice\.yml:3: .*regular expression/),
      expect.stringContaining("error prometheus.advice.yml:3: relabel configuration for replace action requires 'target_label' value"),
    ]);
  });

  it('has prices in alidade.yaml', async () => {
    const { config } = await load({
      'prometheus.yml': JOBS,
      'alidade.yaml': 'advice: { storage_gb_month: 0.2, replicas: 2, budget_month: 100 }\n',
    });
    expect(config?.server.prices).toMatchObject({ storageGbMonth: 0.2, replicas: 2, budgetMonth: 100, thousandSeriesMonth: 0 });
    expect((await load({ 'alidade.yaml': 'advice: { storage_gb_month: cheap }\n' })).problems).toEqual([
      expect.stringContaining('error alidade.yaml:1: want a number, got "cheap"'),
    ]);
  });
});
