import type { ScrapeConfig } from './scrape-config.ts';

const NODE_EXPORTER = { name: /\bnode[-_]?exporter\b/i, port: ':9100' };
const PUSHGATEWAY = { name: /\bpush[-_]?gateway\b/i, port: ':9091' };

/** Whether a job or target of the configuration is a node exporter, by name or by its port. */
export function namesNodeExporter(jobs: readonly ScrapeConfig[]): boolean {
  return names(jobs, NODE_EXPORTER);
}

/** Whether a job or target of the configuration is a Pushgateway, by name or by its port. */
export function namesPushgateway(jobs: readonly ScrapeConfig[]): boolean {
  return names(jobs, PUSHGATEWAY);
}

function names(jobs: readonly ScrapeConfig[], { name, port }: { readonly name: RegExp; readonly port: string }): boolean {
  return jobs.some((job) => name.test(job.jobName) || addressesOf(job).some((address) => name.test(address) || address.endsWith(port)));
}

function addressesOf(job: ScrapeConfig): readonly string[] {
  return job.discoveries.flatMap((discovery) => (discovery.type === 'static' ? discovery.groups.flatMap((group) => group.targets) : []));
}
