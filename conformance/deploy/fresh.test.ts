// What is checked in below deploy/ is what its definitions say.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { deploymentFiles, PLATFORMS } from '../../server/generate/deployment-files.ts';
import { readProjects } from '../../server/generate/read-projects.ts';
import { compareFiles } from '../../server/generate/write-files.ts';
import { DEPLOY, PROJECT } from '../testing/deploy-files.ts';

let read: Awaited<ReturnType<typeof readProjects>>;

beforeAll(async () => {
  read = await readProjects(PROJECT);
});

it.each(PLATFORMS)('%s is as generated; otherwise: alidade generate <platform> examples/churn-lab', async (platform) => {
  expect(await compareFiles(deploymentFiles(platform, read.projects), join(DEPLOY, platform), 'own')).toEqual([]);
});

it('changes where an option does, and refuses what cannot be', () => {
  const other = deploymentFiles('kubernetes', read.projects, { namespace: 'watch', alidadeImage: 'registry.example/alidade:2' });
  const text = other.map((file) => file.text).join('\n');
  expect(text).toContain('image: registry.example/alidade:2');
  expect(text).not.toMatch(/namespace: monitoring$/m);
  expect(() => deploymentFiles('compose', read.projects, { alidadeImage: 'registry.example/alidade' })).toThrow(/is not pinned/);
  expect(() => deploymentFiles('helm', read.projects, { namespace: 'Watch_1' })).toThrow(/"Watch_1" is no name of Kubernetes/);
});
