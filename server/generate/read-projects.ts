import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { languageChecks } from '../app-config.ts';
import type { Problem } from '../config/config.ts';
import { findProjectFiles } from '../config/layout.ts';
import { sortProblems } from '../config/problem.ts';
import { loadProject } from '../config/project/load-project.ts';
import { readProject } from '../config/project/read-project.ts';
import { sloRuleGroups } from '../config/slo-files.ts';
import { checkDashboardQueries } from '../dashboards/check-queries.ts';
import { NO_FEATURES } from '../model/language-features.ts';
import type { NamedProject } from './project-files.ts';

/** The project files that a path means, loaded and checked as `up` would. With an error there are no projects. */
export async function readProjects(path: string): Promise<{ dir: string; projects: NamedProject[]; problems: Problem[] }> {
  const isFile = statSync(path).isFile();
  const dir = isFile ? dirname(path) : path;
  const files = isFile ? [path] : await findProjectFiles(path);
  const problems: Problem[] = [];
  const projects: NamedProject[] = [];
  if (files.length === 0) {
    const message = 'no project file *.alidade.ts here; write one that exports defineProject({ … }) by default';
    problems.push({ severity: 'error', file: dir, line: 0, path: '', message });
  }
  for (const file of files) {
    const loaded = await loadProject(file);
    problems.push(...(await checkedProblems(loaded)));
    if (loaded.project) projects.push({ source: basename(file), project: loaded.project });
  }
  const isGood = problems.every(({ severity }) => severity !== 'error');
  return { dir, projects: isGood ? projects : [], problems: sortProblems(problems) };
}

async function checkedProblems(loaded: Awaited<ReturnType<typeof loadProject>>): Promise<readonly Problem[]> {
  const features = NO_FEATURES;
  const context = { mapPath: () => (path: string) => path, env: process.env, features, enabled: new Set<string>(), checks: languageChecks };
  const { read, problems } = await readProject(loaded, context);
  if (!read) return problems;
  const slos = read.slos.map((slo) => ({ slo, file: read.file }));
  const defaults = { intervalMs: 60_000, queryOffsetMs: 0, features };
  return [
    ...problems,
    ...sloRuleGroups(slos, defaults, languageChecks).problems,
    ...read.dashboards.flatMap((dashboard) => checkDashboardQueries(dashboard, features)),
  ];
}
