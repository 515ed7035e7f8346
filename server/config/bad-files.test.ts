import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../model/app-error.ts';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';

// testdata/KIND-NAME.bad.yml stands beside KIND-NAME.bad.txt: exactly the lines that `check` prints for it. `.good.yml` files have no errors.
// Where promtool and amtool are at hand, they must refuse and accept the same files.
const testdata = fileURLToPath(new URL('./testdata/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const promtool = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
const amtool = join(root, '.cache/peers/alertmanager/usr/bin/amtool');
const scratch = mkdtempSync(join(tmpdir(), 'alidade-bad-'));
const files = readdirSync(testdata).filter((name) => name.endsWith('.yml'));
const bad = files.filter((name) => name.endsWith('.bad.yml'));
const good = files.filter((name) => name.endsWith('.good.yml'));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder in which the file stands in for its kind. */
function folderFor(name: string): string {
  const dir = join(scratch, name);
  mkdirSync(dir, { recursive: true });
  const kind = name.split('-')[0];
  if (kind === 'rules') writeFileSync(join(dir, 'prometheus.yml'), 'rule_files: [rules.yml]\n');
  cpSync(join(testdata, name), join(dir, kind === 'alidade' ? 'alidade.yaml' : `${kind}.yml`));
  return dir;
}

/** The language checks belong to higher layers; these stand in for them with errors of the same form. */
const checks = {
  checkExpr(expr: string) {
    if (expr.endsWith('by (\n')) throw new AppError('promql.parse', '2:7: parse error: unclosed left parenthesis');
  },
  checkTemplate(text: string) {
    if (!text.includes('}}') && text.includes('{{')) throw new AppError('template.parse', '1:4: unclosed action');
  },
};

async function check(dir: string): Promise<string[]> {
  const { config, problems } = await loadConfig({ dir, flags: {}, ...checks });
  expect(config === undefined).toBe(problems.some((problem) => problem.severity === 'error'));
  return problems.map((problem) => formatProblem(problem, dir));
}

describe('bad files', () => {
  it.each(bad)('%s', async (name) => {
    const lines = await check(folderFor(name));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(testdata, name.replace(/yml$/, 'txt')));
  });
});

describe('good files', () => {
  it.each(good)('%s', async (name) => {
    const lines = await check(folderFor(name));
    expect(lines.filter((line) => !line.includes('warning: '))).toEqual([]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(testdata, name.replace(/yml$/, 'txt')));
  });
});

function isAccepted(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!existsSync(promtool))('promtool agrees (.cache/peers/prometheus-3)', () => {
  it.each(files.filter((name) => /^(prometheus|rules)-/.test(name)))('%s', (name) => {
    const args = name.startsWith('rules') ? ['check', 'rules', '--lint=none'] : ['check', 'config', '--syntax-only', '--lint=none'];
    expect(isAccepted(promtool, [...args, join(testdata, name)])).toBe(name.endsWith('.good.yml'));
  });
});

describe.skipIf(!existsSync(amtool))('amtool agrees (.cache/peers/alertmanager)', () => {
  it.each(files.filter((name) => name.startsWith('alertmanager-')))('%s', (name) => {
    expect(isAccepted(amtool, ['check-config', join(testdata, name)])).toBe(name.endsWith('.good.yml'));
  });
});
