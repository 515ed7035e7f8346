import type { RelabelEntry, ServerStatus } from '@alidade/sdk/schema';
import type { AdvisorSettings } from './advisor/advisor.ts';
import type { Config } from './config/config.ts';
import type { RelabelRule } from './relabel/rule.ts';

/** What of the configuration the advisor goes by. */
export function advisorSettings({ prometheus, server, advice }: Config): AdvisorSettings {
  return {
    prices: server.prices,
    retention: server.retention,
    ruleGroups: prometheus.ruleGroups,
    scrapedJobs: prometheus.scrapeConfigs.map(({ jobName }) => jobName),
    hasRemoteWrite: prometheus.remoteWrites.length > 0,
    lookbackMs: server.query.lookbackMs,
    features: server.query.features,
    applied: advice && advice.rules.length > 0 ? { file: advice.file, relabel: advice.rules.map(toEntry) } : undefined,
    applyFile: prometheus.scrapeConfigs.length > 0 ? advice?.file : undefined,
  };
}

/** The member of the status that names the relabelling in force; nothing when there is none. */
export function appliedAdvice({ advice }: Config): Pick<ServerStatus['config'], 'advice'> {
  return advice && advice.rules.length > 0 ? { advice: { file: advice.file, rules: advice.rules.length } } : {};
}

function toEntry({ action, sourceLabels, regex, targetLabel, replacement }: RelabelRule): RelabelEntry {
  return {
    ...(sourceLabels.length > 0 && { source_labels: sourceLabels }),
    regex,
    ...(targetLabel !== '' && { target_label: targetLabel, replacement }),
    action,
  };
}
