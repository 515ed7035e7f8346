// The churn lab: what is scraped, which rules judge it, who is told, what is shown, and what users are promised. `alidade up` runs it,
// `alidade generate` writes it as the files beside it, which the upstream programs read.
import { defineProject, lokiSource, prometheusSource, receiver, tempoSource, webhook } from '@alidade/sdk/code';
import { routing } from './observability/alerting.ts';
import { dashboards } from './observability/dashboards.ts';
import { logRules, rules } from './observability/rules.ts';
import { scrape } from './observability/scrape.ts';
import { slos } from './observability/slos.ts';

/**
 * All receivers post to a local address. Nothing needs to listen there: a refused delivery is retried and shown, no more. To see the
 * messages run any HTTP server on that port that prints what it gets; production/ has the same routes with Slack, PagerDuty and e-mail.
 */
const local = (name: string) => receiver(name, webhook({ url: 'http://127.0.0.1:5999/alerts', sendResolved: true }));

export default defineProject({
  name: 'churn-lab',
  folder: 'Churn lab',
  scrape,
  rules,
  logRules,
  slos,
  dashboards,
  alerting: routing(
    {
      everybody: local('default'),
      onCall: local('on-call'),
      warnings: local('warnings'),
      info: local('info'),
      mlTeam: local('ml-team'),
      platformTeam: local('platform-team'),
    },
    // The waits are short, so that the demonstration speaks while you watch.
    { groupWait: '5s', groupInterval: '30s', repeatInterval: '4h' },
  ),
  datasources: [
    // The shortest scrape interval in use: finer steps would only repeat points.
    prometheusSource({ jsonData: { timeInterval: '5s' } }),
    lokiSource(),
    tempoSource(),
  ],
});
