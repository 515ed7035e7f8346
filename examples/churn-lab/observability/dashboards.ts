// All dashboards of the lab, in the order in which somebody new would open them.
import type { Dashboard } from '@alidade/sdk/code';
import { alertQuality } from './dashboards/alert-quality.ts';
import { business } from './dashboards/business.ts';
import { churnService } from './dashboards/churn-service.ts';
import { cost } from './dashboards/cost.ts';
import { infrastructure } from './dashboards/infrastructure.ts';
import { latency } from './dashboards/latency.ts';
import { logsDashboard } from './dashboards/logs.ts';
import { mlInference } from './dashboards/ml-inference.ts';
import { mlOverview } from './dashboards/ml-overview.ts';
import { modelPerformance } from './dashboards/model-performance.ts';
import { requestRate } from './dashboards/request-rate.ts';
import { resourceUsage } from './dashboards/resource-usage.ts';
import { sloDashboard } from './dashboards/slo.ts';

export const dashboards: readonly Dashboard[] = [
  churnService,
  mlOverview,
  mlInference,
  requestRate,
  latency,
  modelPerformance,
  business,
  sloDashboard,
  logsDashboard,
  alertQuality,
  resourceUsage,
  infrastructure,
  cost,
];
