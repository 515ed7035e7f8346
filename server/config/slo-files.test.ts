import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseExpr } from '../promql/parse/parse.ts';
import { checkTemplate } from '../template/template.ts';
import { loadConfig } from './load.ts';

const sloth = (name: string, objective = 99.9, error = 'requests_total{code="500"}') => `version: prometheus/v1
service: api
slos:
  - name: ${name}
    objective: ${objective}
    sli: {events: {error_query: '${error}', total_query: requests_total}}
    alerting: {}
`;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'alidade-slo-files-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function load(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const checkExpr = (expr: string) => void parseExpr(expr);
  const { config, problems } = await loadConfig({ dir, flags: {}, checkExpr, checkTemplate });
  const words = problems.map(({ severity, file, line, message }) => `${severity} ${file.slice(dir.length + 1)}:${line} ${message}`);
  return { config, words };
}

describe('files of objectives', () => {
  it('are told where their window is longer than samples are kept', async () => {
    const { config, words } = await load({ 'slo/a.yml': sloth('availability'), 'alidade.yaml': 'retention: { metrics: 14d }\n' });
    expect(words).toEqual([
      'warning slo/a.yml:0 the objective api/availability counts over 30d, but samples are kept for 2w only; keep them as long (--retention 30d)',
    ]);
    expect(config?.slos).toHaveLength(1);
  });

  it('are refused where two would have rule groups of one name', async () => {
    const other = sloth('errors').replace('service: api', 'service: api-v1');
    const { words } = await load({ 'slo/a.yml': sloth('v1-errors'), 'slo/b.yml': other });
    expect(words).toEqual([
      'error slo/b.yml:0 the objectives api/v1-errors and api-v1/errors would both have rule groups "slo-api-v1-errors-…"; give one another name',
    ]);
  });

  it('are found below slo/ and by name, and bring their rules', async () => {
    const { config, words } = await load({
      'slo/deep/a.yml': sloth('availability'),
      'slo/rules.yml': 'groups: []\n',
      'elsewhere/b.yaml': sloth('latency'),
      'alidade.yaml': 'slo: [elsewhere/*.yaml]\n',
    });
    expect(words).toEqual([]);
    expect(config?.slos.map(({ slo, file }) => [slo.name, file.slice(dir.length + 1)])).toEqual([
      ['availability', 'slo/deep/a.yml'],
      ['latency', 'elsewhere/b.yaml'],
    ]);
    expect(config?.prometheus.ruleGroups.map(({ name }) => name)).toEqual([
      'slo-api-availability-sli',
      'slo-api-availability-budget',
      'slo-api-availability-alerts',
      'slo-api-latency-sli',
      'slo-api-latency-budget',
      'slo-api-latency-alerts',
    ]);
    expect(config?.watch).toContain(join(dir, 'slo/deep'));
  });

  it('are refused with file, line and cure', async () => {
    expect((await load({ 'slo/a.yml': sloth('availability', 90) })).words[0]).toMatch(
      /^error slo\/a\.yml:4 api\/availability: target: the alert page-fast can never fire: .*\(alerting\.page_alert: \{disable: true\}\)$/,
    );
    expect((await load({ 'slo/a.yml': sloth('availability', 99, 'requests_total{code=}') })).words[0]).toMatch(
      /^error slo\/a\.yml:0 the objective api\/availability does not make good rules: .*parse error/,
    );
  });

  it('may not define an objective twice, or be missing', async () => {
    const { words } = await load({
      'slo/a.yml': sloth('availability'),
      'slo/b.yml': sloth('availability'),
      'alidade.yaml': 'slo: [gone.yml]\n',
    });
    expect(words).toEqual([
      'error gone.yml:0 no such file of objectives (slo of alidade.yaml)',
      `error slo/b.yml:0 the objective api/availability is defined twice (also in ${join(dir, 'slo/a.yml')}); give one another name`,
    ]);
  });
});
