import type { ScrapeConfig } from './scrape-config.ts';

const NAME = /\bnode[-_]?exporter\b/i;
const NODE_EXPORTER_PORT = ':9100';

/** Whether a job or target of the configuration is a node exporter, by name or by its port. */
export function namesNodeExporter(jobs: readonly ScrapeConfig[]): boolean {
  return jobs.some(
    (job) => NAME.test(job.jobName) || addressesOf(job).some((address) => NAME.test(address) || address.endsWith(NODE_EXPORTER_PORT)),
  );
}

function addressesOf(job: ScrapeConfig): readonly string[] {
  return job.discoveries.flatMap((discovery) => (discovery.type === 'static' ? discovery.groups.flatMap((group) => group.targets) : []));
}
