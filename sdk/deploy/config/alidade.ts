// What Alidade reads of the same definitions: programs that it stands in for are not there, and itself it asks with its own token.
import type { Definitions, ScrapeJob } from '../definitions.ts';
import { programOf } from './targets.ts';

const STANDS_IN = new Set(['alertmanager', 'grafana', 'loki', 'tempo', 'jaeger']);

/** The definitions without targets that Alidade stands in for, and the jobs that ask Prometheus' metrics, of itself. */
export interface AlidadeJobs {
  readonly definitions: Definitions;
  readonly own: readonly ScrapeJob[];
}

/** Takes the jobs apart; `credentialsFile` holds the token that Alidade asks for. */
export function jobsForAlidade(definitions: Definitions, credentialsFile: string): AlidadeJobs {
  const others: ScrapeJob[] = [];
  const own: ScrapeJob[] = [];
  for (const job of definitions.jobs) {
    const { static_configs: groups, ...rest } = job;
    if (!groups) {
      others.push(job);
      continue;
    }
    const keep = (wanted: (program: string) => boolean) =>
      groups
        .map((group) => ({ ...group, targets: group.targets.filter((target) => wanted(programOf(target).program)) }))
        .filter(({ targets }) => targets.length > 0);
    const itself = keep((program) => program === 'prometheus');
    const left = keep((program) => program !== 'prometheus' && !STANDS_IN.has(program));
    if (itself.length > 0) {
      const here = itself.map((group) => ({ ...group, targets: ['localhost:9090'] }));
      own.push({ ...rest, authorization: { credentials_file: credentialsFile }, static_configs: here });
    }
    if (left.length > 0) others.push({ ...rest, static_configs: left });
  }
  return { definitions: { ...definitions, jobs: others }, own };
}
