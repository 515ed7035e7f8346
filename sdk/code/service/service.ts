// A service that uses `sdk/instrument`, as a whole: its scrape job, a dashboard, objectives and alerts from its name and its address.
import type { MetricDescriptor } from '../../schema/metric-descriptor.ts';
import type { Duration } from '../duration.ts';
import { defineProject, type Project, type ProjectOptions } from '../project.ts';
import { type Discovery, job, type TargetGroup } from '../scrape.ts';
import { type AlertLimits, serviceAlerts } from './alerts.ts';
import { serviceDashboard } from './dashboard.ts';
import { serviceMetrics } from './metrics.ts';
import { type Objectives, serviceObjectives } from './objectives.ts';

/** Where dashboards of services stand together. */
const FOLDER = 'Services';

/** What is to be known of a service beside its name. */
export interface ServiceOptions {
  /** Where it is scraped: an address with its port, several, or a discovery such as `dns([…])`. */
  readonly target: string | readonly (string | TargetGroup | Discovery)[] | Discovery;
  /** Shown instead of the name. */
  readonly title?: string;
  /** Who is told; a label of every alert. */
  readonly team?: string;
  /** Address of the runbook of every alert. */
  readonly runbook?: string;
  /** What users are promised; default: 99.9 % answered without a server error, 95 % within half a second, in 30 days. */
  readonly objectives?: Objectives;
  /** When its alerts fire. */
  readonly alerts?: AlertLimits;
  /** What the service measures itself, as `instrument.descriptors()` tells: predictions get a row of panels, every other metric a panel. */
  readonly metrics?: readonly MetricDescriptor[];
  /** How often it is scraped and its alerts are evaluated; default 5s. */
  readonly scrapeInterval?: Duration;
  /** Path of the exposition; default `/metrics`. */
  readonly metricsPath?: string;
}

/**
 * The project of one service, for the file that defines it: scrape job, dashboard, objectives with their burn alerts, and alerts. It reads what
 * `fastifyTelemetry` or `expressTelemetry` and `runtimeMetrics` (or `applicationMetrics`) expose. Throws CodeError and SloError as its parts do.
 */
export function service(name: string, options: ServiceOptions): Project {
  return defineProject({ name, folder: FOLDER, ...serviceParts(name, options) });
}

/** The parts of `service`, for a project that has more: `const { scrape, dashboards, rules, slos } = serviceParts('orders', { … })`. */
export function serviceParts(
  name: string,
  options: ServiceOptions,
): Required<Pick<ProjectOptions, 'dashboards' | 'rules' | 'scrape' | 'slos'>> {
  const { target, title = name, team, runbook, objectives, scrapeInterval = '5s', metricsPath } = options;
  const common = { name, title, team, runbook, scrapeInterval, metrics: serviceMetrics(name, options.metrics) };
  const promised = serviceObjectives(common, objectives);
  return {
    scrape: {
      jobs: [
        job(name, typeof target === 'string' ? [target] : target, {
          labels: { service: name },
          scrapeInterval,
          ...(metricsPath !== undefined && { metricsPath }),
        }),
      ],
    },
    dashboards: [serviceDashboard(common, promised)],
    rules: [serviceAlerts(common, options.alerts)],
    slos: promised.slos,
  };
}
