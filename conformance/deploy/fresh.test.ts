// What is checked in below deploy/ is what its definitions say.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { deploymentFiles, PLATFORMS, type Platform } from '../../server/generate/deployment-files.ts';
import type { NamedProject } from '../../server/generate/project-files.ts';
import { readProjects } from '../../server/generate/read-projects.ts';
import { compareFiles } from '../../server/generate/write-files.ts';
import { DEPLOY, PROJECT } from '../testing/deploy-files.ts';
import { root } from '../testing/processes.ts';

const TELLING: Readonly<Record<Platform, string>> = {
  compose: '',
  kubernetes: 'examples/churn-lab/production',
  helm: 'examples/churn-lab/production',
};

let projects: readonly NamedProject[];

beforeAll(async () => {
  projects = (await readProjects(PROJECT)).projects;
});

it.each(PLATFORMS)('%s is as generated', async (platform) => {
  const told = TELLING[platform];
  const alerting = told === '' ? [] : (await readProjects(join(root, told))).projects;
  const changes = await compareFiles(deploymentFiles(platform, projects, {}, alerting), join(DEPLOY, platform), 'own');
  expect(changes, 'not as generated: npm run generate').toEqual([]);
});

it('changes where an option does, and refuses what cannot be', () => {
  const other = deploymentFiles('kubernetes', projects, { namespace: 'watch', alidadeImage: 'registry.example/alidade:2' });
  const text = other.map((file) => file.text).join('\n');
  expect(text).toContain('image: registry.example/alidade:2');
  expect(text).not.toMatch(/namespace: monitoring$/m);
  expect(() => deploymentFiles('compose', projects, { alidadeImage: 'registry.example/alidade' })).toThrow(/is not pinned/);
  expect(() => deploymentFiles('helm', projects, { namespace: 'Watch_1' })).toThrow(/"Watch_1" is no name of Kubernetes/);
});
