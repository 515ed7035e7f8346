import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { formatProblem } from '../config/problem.ts';
import { generateFiles } from '../generate/project-files.ts';
import { readProjects } from '../generate/read-projects.ts';
import { type Change, compareFiles, writeFiles } from '../generate/write-files.ts';
import { isAppError } from '../model/app-error.ts';

interface GenerateOptions {
  readonly out?: string;
  readonly check?: boolean;
}

/** `alidade generate [FILE|DIR]`: writes projects as the files of the upstream programs, or says which of them are not up to date. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('Write *.alidade.ts projects as files of Prometheus, Alertmanager, Grafana, OpenSLO and Sloth')
    .argument('[path]', 'a project file, or a folder with project files', '.')
    .option('--out <folder>', 'where to write (default: beside the project files)')
    .option('--check', 'write nothing; exit with 1 and name the files that differ')
    .action(async (path: string, options: GenerateOptions) => {
      process.exitCode = await runGenerate(path, options);
    });
}

async function runGenerate(path: string, { out, check = false }: GenerateOptions): Promise<number> {
  if (!existsSync(path)) return fail(`${path}: no such file or folder`);
  const { dir, projects, problems } = await readProjects(resolve(path));
  for (const problem of problems) console.error(formatProblem(problem));
  if (projects.length === 0) return 1;
  try {
    const files = generateFiles(projects);
    const folder = resolve(out ?? dir);
    const changes = check ? await compareFiles(files, folder) : await writeFiles(files, folder);
    const isForeign = changes.some(({ kind }) => kind === 'foreign');
    for (const change of changes) console.log(sayChange(change, folder, check || isForeign));
    console.log(sayAll(files.length, changes, check));
    return isForeign || (check && changes.length > 0) ? 1 : 0;
  } catch (error) {
    if (isAppError(error)) return fail(error.message);
    throw error;
  }
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
