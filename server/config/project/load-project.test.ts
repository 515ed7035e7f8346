import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../problem.ts';
import { loadProject } from './load-project.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alidade-project-'));
  await writeFile(join(dir, 'metrics.ts'), "export const name: string = 'shared';\n");
  await writeFile(join(dir, 'broken.ts'), 'export const a = 1;\nexport const b = = 2;\n');
});
afterAll(() => rm(dir, { recursive: true }));

async function load(name: string, ...lines: string[]) {
  const file = join(dir, `${name}.alidade.ts`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const { project, problems, files } = await loadProject(file);
  const shown = problems.map((problem) => formatProblem(problem, dir));
  return { project, said: shown.join('\n'), files: files.map((path) => path.replace(`${dir}/`, '')) };
}

const IMPORT = "import { defineProject } from '@alidade/sdk/code';";

const faults: readonly [what: string, lines: string[], said: string][] = [
  [
    'syntax',
    [IMPORT, 'export default defineProject({ name: });'],
    'syntax.alidade.ts:2: column 37: not valid TypeScript: unexpected token',
  ],
  [
    'imported-syntax',
    ["import { a } from './broken.ts';", 'export default a;'],
    'broken.ts:2: column 17: not valid TypeScript: unexpected token',
  ],
  [
    'missing-file',
    ['const x = 1;', "import { y } from './nowhere.ts';", 'export default x + y;'],
    'missing-file.alidade.ts:2: imports "./nowhere.ts", which does not exist; check its path',
  ],
  [
    'missing-package',
    ["import { y } from 'no-such-package-here';", 'export default y;'],
    'missing-package.alidade.ts:1: imports "no-such-package-here", which does not exist; install it beside the file (npm install no-such-package-here)',
  ],
  [
    'throws',
    ['interface A { a: 1 }', 'function f(): never {', "  throw new Error('no luck');", '}', 'export default f();'],
    'throws.alidade.ts:3: no luck',
  ],
  [
    'definition',
    ["import { stat, up } from '@alidade/sdk/code';", '', "export default stat('Wide', up, { width: 99 });"],
    'definition.alidade.ts:3: panel "Wide": width 99 is not one of 1 to 24 columns',
  ],
  ['exits', ['process.exit(0);'], 'exits.alidade.ts: ended the thread that reads it; a project file must not call process.exit'],
  [
    'rejects',
    ["void Promise.reject(new Error('nobody waits'));", 'await new Promise((resolve) => setTimeout(resolve, 1_000));', 'export default 1;'],
    'rejects.alidade.ts:1: nobody waits',
  ],
  [
    'huge',
    ["export default { text: 'x'.repeat(40_000_000) };"],
    'huge.alidade.ts: exports 40.0 MB, more than the 32.0 MB that are read; leave out what is generated in great numbers',
  ],
  [
    'nothing',
    [IMPORT, 'export const project = defineProject;'],
    'nothing.alidade.ts: exports nothing by default; write: export default defineProject({ … })',
  ],
  [
    'other',
    ['export default { name: 1 };'],
    'other.alidade.ts: its default export is no project; make it with defineProject({ … }) of @alidade/sdk/code',
  ],
];

describe('a project file', () => {
  it('is run with what it imports, and with the SDK of the server', async () => {
    const { project, said, files } = await load(
      'good',
      "import { name } from './metrics.ts';",
      "import { httpRequestsTotal } from '@alidade/sdk/instrument/catalog';",
      "import { defineProject, group, metric, record } from '@alidade/sdk/code';",
      'enum Window { Short = "5m" }',
      'const rule = record("a:b", metric(httpRequestsTotal).rate(Window.Short).sum());',
      'export default defineProject({ name, rules: [group("g", [rule])] });',
    );
    expect(said).toBe('');
    expect(project).toMatchObject({
      name: 'shared',
      ruleGroups: [{ name: 'g', rules: [{ record: 'a:b', expr: 'sum(rate(http_requests_total[5m]))' }] }],
    });
    expect(files).toEqual(['good.alidade.ts', 'metrics.ts']);
  });

  it.concurrent.each(faults)('that is wrong is told with place and cure: %s', async (name, lines, said) => {
    const { project, said: told } = await load(name, ...lines);
    expect(project).toBeUndefined();
    expect(told).toBe(said);
  });

  it('that is a service too is read without being started', async () => {
    const { project, said } = await load(
      'service',
      "import { service } from '@alidade/sdk/code';",
      "import { isMain } from '@alidade/sdk/instrument';",
      "export default service('orders', { target: '127.0.0.1:8000' });",
      "if (isMain(import.meta)) throw new Error('was started');",
    );
    expect(said).toBe('');
    expect(project).toMatchObject({ name: 'orders', slos: [{ name: 'availability' }, { name: 'latency' }] });
  });

  it('that is broken is watched with what it imports, so that its mending is noticed', async () => {
    const { files } = await load('watched', "import { a } from './broken.ts';", 'export default a;');
    expect(files).toEqual(['broken.ts', 'watched.alidade.ts']);
  });
});
