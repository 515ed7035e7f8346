import {
  composeFiles,
  DeployError,
  type DeployOptions,
  definitionsOf,
  formatDeployFile,
  helmFiles,
  kubernetesFiles,
} from '@alidade/sdk/deploy';
import { generateError } from './errors.ts';
import { type GeneratedFile, joinedContents, type NamedProject } from './project-files.ts';

const WRITERS = { kubernetes: kubernetesFiles, compose: composeFiles, helm: helmFiles };

/** Where a deployment runs. */
export type Platform = keyof typeof WRITERS;

/** All platforms. */
export const PLATFORMS = Object.keys(WRITERS) as Platform[];

/**
 * The files that deploy projects on a platform, by path. Whom alerts are told is taken from the projects in `alerting` where there are any:
 * the lab and production are the same but for that. The same projects and options give the same bytes. Throws `generate.conflict` where
 * projects disagree, and `generate.deployment` where one holds a secret or an option cannot be.
 */
export function deploymentFiles(
  platform: Platform,
  projects: readonly NamedProject[],
  options: DeployOptions = {},
  alerting: readonly NamedProject[] = [],
): GeneratedFile[] {
  const source = [...projects, ...alerting].map((one) => one.source).join(', ');
  try {
    const definitions = definitionsOf(joinedContents(projects));
    const { alertmanager } = alerting.length > 0 ? definitionsOf(joinedContents(alerting)) : definitions;
    const files = WRITERS[platform]({ ...definitions, alertmanager }, options);
    return files.map((file) => ({ path: file.path, text: formatDeployFile(file, source) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    if (error instanceof DeployError) throw generateError('generate.deployment', error.message);
    throw error;
  }
}
