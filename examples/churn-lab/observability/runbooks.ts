// Where the runbooks are read, and their index.
import type { AlertingRule } from '@alidade/sdk/schema';

/** Where the team reads the folder `docs` of this repository: put your own address here. */
const DOCS_URL = 'https://docs.example.org';

/** Alerts with a page of their own in docs/runbooks: all that are critical. The others stand in docs/RUNBOOKS.md. */
const PAGES: ReadonlySet<string> = new Set([
  'APIDown',
  'DeploymentWithoutReplicas',
  'DiskSpaceLow',
  'ErrorBudget',
  'HighErrorRate',
  'ModelAccuracyDrop',
  'ModelNotLoaded',
  'ModelPredictionFailure',
  'MonitoringDown',
  'NodeDown',
  'NodeNotReady',
  'ServiceDown',
  'StorageBacklog',
  'UnhandledException',
]);

/** Where an alert's runbook is read; alerts of one name share it. */
export function runbookUrl(alertname: string): string {
  const name = alertname.toLowerCase();
  return PAGES.has(alertname) ? `${DOCS_URL}/runbooks/${name}.md` : `${DOCS_URL}/RUNBOOKS.md#${name}`;
}

const INTRODUCTION = `# Runbooks

What to do when an alert of the churn lab fires. Every alert has the address of its entry in \`runbook_url\`; each critical one has a
page in [runbooks](runbooks) with its meaning, its impact, where to look first, likely causes, cures, and how to prevent it. Links on the
pages lead to Alidade on 127.0.0.1:9090.

Written from the definitions in [examples/churn-lab/observability](../examples/churn-lab/observability); a test holds them together.
\`npx vitest run --project sdk examples/churn-lab -u\` writes this page again.
`;

/** docs/RUNBOOKS.md: every alert with its condition, whom it tells, and what to do first. */
export function runbookIndex(alerts: readonly AlertingRule[]): string {
  const byName = new Map<string, AlertingRule[]>();
  for (const rule of alerts) byName.set(rule.alert, [...(byName.get(rule.alert) ?? []), rule]);
  const names = [...byName.keys()].sort();
  const entries = names.map((name) => entry(name, byName.get(name) ?? []));
  return [INTRODUCTION, ...entries].join('\n');
}

function entry(name: string, rules: readonly AlertingRule[]): string {
  const url = rules[0]?.annotations?.runbook_url ?? '';
  const page = url.startsWith(`${DOCS_URL}/runbooks/`) ? `Runbook: [${name}](${url.slice(DOCS_URL.length + 1)}).\n` : '';
  return [`## ${name}\n`, ...rules.map(condition), page].filter((text) => text !== '').join('\n');
}

function condition({ labels = {}, annotations = {}, expr, for: duration }: AlertingRule): string {
  const objective = labels.slo === undefined ? '' : `, objective ${labels.slo}`;
  const lasting = duration === undefined ? '' : ` for ${duration}`;
  const action = annotations.action === undefined ? '' : `\n${annotations.action}\n`;
  return `${labels.severity}, told to ${labels.team}${objective}; fires when this has an answer${lasting}:\n\n\`\`\`\n${expr}\n\`\`\`\n${action}`;
}
