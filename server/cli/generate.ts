import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { DeployOptions } from '@alidade/sdk/deploy';
import { Command } from 'commander';
import { formatProblem } from '../config/problem.ts';
import { deploymentFiles, PLATFORMS, type Platform } from '../generate/deployment-files.ts';
import { type GeneratedFile, generateFiles, type NamedProject } from '../generate/project-files.ts';
import { readProjects } from '../generate/read-projects.ts';
import { type Change, compareFiles, type OutFolder, writeFiles } from '../generate/write-files.ts';
import { isAppError } from '../model/app-error.ts';

interface GenerateOptions {
  readonly out?: string;
  readonly check?: boolean;
}

type DeploymentOptions = GenerateOptions & DeployOptions & { readonly alerting?: string };

const TITLES: Readonly<Record<Platform, string>> = {
  kubernetes: 'Write manifests for Kubernetes: the upstream stack, the prediction API, and Alidade',
  compose: 'Write Compose files and what they mount: the lab, the upstream stack, and Alidade',
  helm: 'Write values for the Helm charts of the upstream stack',
};

/** `alidade generate [FILE|DIR]`: writes projects as the files of the upstream programs, or says which of them are not up to date. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .description('Write *.alidade.ts projects as files of Prometheus, Alertmanager, Grafana, OpenSLO and Sloth, or as deployments of them')
    .argument('[path]', 'a project file, or a folder with project files', '.')
    .option('--out <folder>', 'where to write (default: beside the project files)')
    .option('--check', 'write nothing; exit with 1 and name the files that differ')
    .enablePositionalOptions()
    .action(async (path: string, options: GenerateOptions) => {
      process.exitCode = await runGenerate(path, options, 'shared', generateFiles);
    });
  for (const platform of PLATFORMS) command.addCommand(deploymentCommand(platform));
  return command;
}

function deploymentCommand(platform: Platform): Command {
  return new Command(platform)
    .description(TITLES[platform])
    .argument('[path]', 'a project file, or a folder with project files', '.')
    .option('--out <folder>', 'where to write', `deploy/${platform}`)
    .option('--check', 'write nothing; exit with 1 and name the files that differ')
    .option('--alerting <path>', 'project file or folder that says whom alerts are told, in place of what the others say')
    .option('--namespace <name>', 'namespace of the monitoring programs (default: monitoring)')
    .option('--application-namespace <name>', 'namespace of the prediction API (default: ml)')
    .option('--cluster <name>', 'external label of every series (default: production)')
    .option('--region <name>', 'external label of every series (default: us-west-2)')
    .option('--alidade-image <image>', 'image built from deploy/docker/alidade.Dockerfile')
    .option('--prediction-image <image>', 'image built from deploy/docker/prediction-api.Dockerfile')
    .option('--provisioner <name>', 'provisioner of the storage classes (default: ebs.csi.aws.com)')
    .option('--ingress-namespace <name>', 'namespace whose pods may reach Grafana and Alidade (default: ingress-nginx)')
    .action(async (path: string, { out, check, alerting, ...options }: DeploymentOptions) => {
      const chosen = { ...(out !== undefined && { out }), ...(check !== undefined && { check }) };
      const told = alerting === undefined ? [] : await projectsAt(alerting);
      if (!told) process.exitCode = 1;
      else process.exitCode = await runGenerate(path, chosen, 'own', (projects) => deploymentFiles(platform, projects, options, told));
    });
}

async function runGenerate(
  path: string,
  { out, check = false }: GenerateOptions,
  kind: OutFolder,
  generate: (projects: readonly NamedProject[]) => GeneratedFile[],
): Promise<number> {
  const projects = await projectsAt(path);
  if (!projects) return 1;
  try {
    const files = generate(projects);
    const folder = resolve(out ?? (statSync(path).isFile() ? dirname(path) : path));
    const changes = check ? await compareFiles(files, folder, kind) : await writeFiles(files, folder, kind);
    const isForeign = changes.some(({ kind }) => kind === 'foreign');
    for (const change of changes) console.log(sayChange(change, folder, check || isForeign));
    console.log(sayAll(files.length, changes, check));
    return isForeign || (check && changes.length > 0) ? 1 : 0;
  } catch (error) {
    if (isAppError(error)) return fail(error.message);
    throw error;
  }
}

/** The projects at a path, or none: then it has been said why. */
async function projectsAt(path: string): Promise<readonly NamedProject[] | undefined> {
  if (!existsSync(path)) {
    fail(`${path}: no such file or folder`);
    return undefined;
  }
  const { projects, problems } = await readProjects(resolve(path));
  for (const problem of problems) console.error(formatProblem(problem));
  return projects.length === 0 ? undefined : projects;
}

function fail(message: string): number {
  console.error(`alidade: ${message}`);
  return 1;
}

function sayChange({ path, kind }: Change, folder: string, isTold: boolean): string {
  const file = relative(process.cwd(), join(folder, path)) || path;
  if (kind === 'foreign') return `${file}: was not generated; move it away, or choose another folder with --out`;
  if (!isTold) return `${kind === 'leftover' ? 'removed' : 'wrote'} ${file}`;
  return `${file}: ${{ missing: 'is missing', different: 'differs', leftover: 'is no longer generated' }[kind]}`;
}

function sayAll(count: number, changes: readonly Change[], check: boolean): string {
  const all = `${count} file${count === 1 ? '' : 's'}`;
  if (changes.length === 0) return `${all}, all up to date`;
  if (changes.some(({ kind }) => kind === 'foreign')) return `${all}; nothing was written`;
  return check ? `${all}, ${changes.length} not up to date; run alidade generate` : `${all}, ${changes.length} changed`;
}
