// The routes of the lab as production has them: the same tree, reached by PagerDuty, Slack and e-mail. Secrets stand in files.
import { defineProject, email, pagerduty, receiver, slack, timeInterval } from '@alidade/sdk/code';
import { routing } from '../observability/alerting.ts';

const TEXT = '{{ range .Alerts }}{{ .Annotations.description }} {{ .Annotations.runbook_url }}\n{{ end }}';
const channel = (name: string, color: string) =>
  slack({ channel: name, color, title: '{{ .CommonLabels.severity }}: {{ .GroupLabels.alertname }}', text: TEXT, sendResolved: true });

const businessHours = timeInterval('business-hours', {
  weekdays: ['monday:friday'],
  times: [{ startTime: '08:00', endTime: '18:00' }],
});

const { settings, ...tree } = routing(
  {
    everybody: receiver('default', channel('#alerts', 'warning'), email({ to: 'ml-platform@example.org', sendResolved: true })),
    onCall: receiver(
      'pagerduty',
      pagerduty({
        routingKeyFile: '/etc/alertmanager/secrets/pagerduty',
        description: '{{ .GroupLabels.alertname }}: {{ .CommonAnnotations.summary }}',
      }),
    ),
    warnings: receiver('slack-warnings', channel('#alerts-warnings', 'warning')),
    info: receiver('slack-info', channel('#alerts-info', 'good')),
    mlTeam: receiver('slack-ml-team', channel('#ml-platform-alerts', 'danger')),
    platformTeam: receiver('slack-platform-team', channel('#platform-alerts', 'danger')),
  },
  { groupWait: '10s', groupInterval: '5m', repeatInterval: '4h', businessHours },
);

export default defineProject({
  name: 'churn-production',
  alerting: {
    ...tree,
    settings: {
      ...settings,
      slackApiUrlFile: '/etc/alertmanager/secrets/slack',
      pagerdutyUrl: 'https://events.pagerduty.com/v2/enqueue',
      smtpSmarthost: 'smtp.example.org:587',
      smtpFrom: 'alerts@example.org',
      smtpAuthUsername: 'alerts@example.org',
      smtpAuthPasswordFile: '/etc/alertmanager/secrets/smtp',
    },
  },
  datasources: [],
});
