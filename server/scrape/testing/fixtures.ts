import { Registry } from 'prom-client';
import type { ScrapeConfig, TargetGroup } from '../../config/scrape-config.ts';
import { createLogger, type Logger } from '../../telemetry/logger.ts';
import { hostJob } from '../host-job.ts';
import { createScrapeMetrics, type ScrapeMetrics } from '../metrics.ts';

/** A job with every default, and what the test needs. */
export function jobOf(jobName: string, changes: Partial<ScrapeConfig> = {}): ScrapeConfig {
  return { ...hostJob, jobName, ...changes };
}

/** A static group of addresses. */
export function groupOf(targets: readonly string[], labels: Readonly<Record<string, string>> = {}): TargetGroup {
  return { targets, labels, source: 'test' };
}

/** A logger that keeps its lines. */
export function keepLog(): { readonly logger: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { logger: createLogger({ format: 'json', stream }), lines };
}

/** Metrics in a registry of their own. */
export function freshMetrics(): ScrapeMetrics {
  return createScrapeMetrics(new Registry());
}
