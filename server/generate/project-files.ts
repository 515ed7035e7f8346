import { openSloPath, type Project, projectFiles } from '@alidade/sdk/code';
import { writeSlos } from '@alidade/sdk/slo/files';
import { formatProjectFile, generatedHeader } from '../config/project/project-text.ts';
import { mergeContents } from './merge-contents.ts';

/** A file as it is written. */
export interface GeneratedFile {
  /** Relative to the folder that is written to. */
  readonly path: string;
  readonly text: string;
}

/** A project and the name of the file that defines it. */
export interface NamedProject {
  readonly source: string;
  readonly project: Project;
}

/**
 * All files of projects, by path: Prometheus, Alertmanager, Grafana, and objectives for OpenSLO (which Alidade reads too) and Sloth. What
 * several projects write to one file is joined. The same projects give the same bytes. Throws `generate.conflict` where they disagree.
 */
export function generateFiles(projects: readonly NamedProject[]): GeneratedFile[] {
  const files = joinedContents(projects).map(({ path, content, source }) => ({ path, text: formatProjectFile({ path, content }, source) }));
  return [...files, ...projects.flatMap(openSloFiles), ...slothFiles(projects)].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a file holds, and the project files that it comes from. */
export interface JoinedContent {
  readonly path: string;
  readonly content: unknown;
  readonly source: string;
}

/** The contents of all files of projects but those of objectives. Throws `generate.conflict` where projects disagree. */
export function joinedContents(projects: readonly NamedProject[]): JoinedContent[] {
  const contents = new Map<string, { content: unknown; source: string }>();
  for (const { source, project } of projects) {
    for (const { path, content } of projectFiles(project)) {
      const before = contents.get(path);
      if (!before) contents.set(path, { content, source });
      else contents.set(path, { content: mergeContents(path, before, { content, source }), source: `${before.source}, ${source}` });
    }
  }
  return [...contents].map(([path, { content, source }]) => ({ path, content, source }));
}

function openSloFiles({ source, project }: NamedProject): GeneratedFile[] {
  const { slos } = project;
  return slos.length === 0 ? [] : [{ path: openSloPath(project), text: generatedHeader(source) + writeSlos(slos, 'openslo').text }];
}

/** A file for each service, whichever projects its objectives stand in. */
function slothFiles(projects: readonly NamedProject[]): GeneratedFile[] {
  const services = [...new Set(projects.flatMap(({ project }) => project.slos.map(({ service }) => service)))];
  return services.map((service) => {
    const having = projects.filter(({ project }) => project.slos.some((slo) => slo.service === service));
    const source = having.map((one) => one.source).join(', ');
    const slos = having.flatMap(({ project }) => project.slos.filter((slo) => slo.service === service));
    return { path: `sloth/${service}.yml`, text: generatedHeader(source) + writeSlos(slos, 'sloth').text };
  });
}
