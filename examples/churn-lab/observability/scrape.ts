// What is scraped, and how often.
import { job, type ScrapeOptions } from '@alidade/sdk/code';
import { JOB, SCRAPE_INTERVAL, SERVICE } from './service.ts';

/**
 * Jobs of the lab. Processor, memory and disks of this machine (`node_*`) need no job: Alidade collects them itself; under Prometheus
 * add a job for a node-exporter. What batch jobs push (`ml_pipeline_*`) needs none either.
 */
export const scrape: ScrapeOptions = {
  scrapeInterval: SCRAPE_INTERVAL,
  evaluationInterval: '15s',
  // The usual name in Compose and Kubernetes. Where nothing answers to it, Alidade uses its own Alertmanager.
  alertmanagers: ['alertmanager:9093'],
  jobs: [
    // The monitoring watches itself.
    job('prometheus', ['localhost:9090'], { labels: { service: 'prometheus' } }),
    // The prediction service: scraped often, as its dashboard is refreshed every 5 s.
    job(JOB, ['localhost:5000'], { scrapeInterval: '5s', metricsPath: '/metrics', labels: { service: SERVICE } }),
  ],
};
