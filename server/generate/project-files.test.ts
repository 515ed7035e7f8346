import { defineProject } from '@alidade/sdk/code';
import { slo } from '@alidade/sdk/slo';
import { expect, it } from 'vitest';
import { generateFiles } from './project-files.ts';

it('writes the objectives of one service into one file, also those of several projects', () => {
  const named = (source: string) => {
    const query = 'sum(rate(bad[$window])) / sum(rate(all[$window]))';
    const objective = slo({ service: 'api', name: source, target: 0.99, window: '30d', indicator: { type: 'error-ratio', query } });
    return { source: `${source}.alidade.ts`, project: defineProject({ name: source, slos: [objective] }) };
  };
  const files = generateFiles([named('a'), named('b')]);
  expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
  const text = files.find(({ path }) => path === 'sloth/api.yml')?.text;
  expect(text).toMatch(/from a\.alidade\.ts, b\.alidade\.ts[\s\S]*name: a\n[\s\S]*name: b\n/);
});
