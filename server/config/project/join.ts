import type { AlertmanagerConfig } from '../alertmanager.ts';
import type { Problem } from '../config.ts';
import type { PrometheusConfig } from '../prometheus.ts';

/** `base` with what projects add: their jobs, rules, peers. A job name that is there already is a problem. */
export function joinPrometheus(
  base: PrometheusConfig,
  added: readonly PrometheusConfig[],
): { config: PrometheusConfig; problems: Problem[] } {
  const problems: Problem[] = [];
  let config = base;
  for (const one of added) {
    if (config.file === '') {
      config = { ...one, ruleGroups: [...config.ruleGroups, ...one.ruleGroups] };
      continue;
    }
    for (const { jobName } of one.scrapeConfigs) {
      if (config.scrapeConfigs.some((job) => job.jobName === jobName))
        problems.push(clash(one.file, `scrape job "${jobName}"`, config.file));
    }
    config = {
      ...config,
      externalLabels: { ...one.externalLabels, ...config.externalLabels },
      scrapeConfigs: [...config.scrapeConfigs, ...one.scrapeConfigs],
      ruleGroups: [...config.ruleGroups, ...one.ruleGroups],
      alertmanagers: [...config.alertmanagers, ...one.alertmanagers],
      remoteWrites: [...config.remoteWrites, ...one.remoteWrites],
    };
  }
  return { config, problems };
}

/**
 * `base` with what projects add: the routes below their root (the root itself stays that of `base`), receivers and inhibit rules. A receiver
 * that is there already is a problem.
 */
export function joinAlertmanager(
  base: AlertmanagerConfig | undefined,
  added: readonly AlertmanagerConfig[],
): { config?: AlertmanagerConfig; problems: Problem[] } {
  const problems: Problem[] = [];
  let config = base;
  for (const one of added) {
    if (!config) {
      config = one;
      continue;
    }
    problems.push({
      severity: 'warning',
      file: one.file,
      line: 0,
      path: 'route',
      message: `its root gives way to that of ${config.file}; the routes below it are added there`,
    });
    for (const { name } of one.receivers) {
      if (config.receivers.some((receiver) => receiver.name === name)) problems.push(clash(one.file, `receiver "${name}"`, config.file));
    }
    config = {
      ...config,
      route: { ...config.route, routes: [...config.route.routes, ...one.route.routes] },
      receivers: [...config.receivers, ...one.receivers],
      inhibitRules: [...config.inhibitRules, ...one.inhibitRules],
      templates: [...config.templates, ...one.templates],
    };
  }
  return { ...(config && { config }), problems };
}

function clash(file: string, what: string, other: string): Problem {
  return { severity: 'error', file, line: 0, path: what, message: `is defined in ${other} too; give one of them another name` };
}
