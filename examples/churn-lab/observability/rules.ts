// All rules of the lab.
import type { RuleGroup } from '@alidade/sdk/schema';
import { alidadeAlerts } from './rules/alidade.ts';
import { apiAlerts, demoAlerts } from './rules/api.ts';
import { dataAlerts, pipelineAlerts } from './rules/data.ts';
import { infrastructureAlerts, kubernetesAlerts } from './rules/infrastructure.ts';
import { logAlerts } from './rules/logs.ts';
import { modelAlerts, modelRecordings } from './rules/models.ts';
import { serviceAlerts } from './rules/service.ts';

/** Rules on metrics; those of objectives follow from `slos.ts`. */
export const rules: readonly RuleGroup[] = [
  modelRecordings,
  apiAlerts,
  demoAlerts,
  serviceAlerts,
  modelAlerts,
  dataAlerts,
  pipelineAlerts,
  infrastructureAlerts,
  kubernetesAlerts,
  alidadeAlerts,
];

/** Rules on log lines. */
export const logRules: readonly RuleGroup[] = [logAlerts];
