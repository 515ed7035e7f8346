import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { createNotificationTemplates, type NotificationData } from './notification-template.ts';
import { checkNotificationTemplate } from './template.ts';

const START = 1_700_000_000_000;
const alert = (labels: Record<string, string>, status: 'firing' | 'resolved' = 'firing') => ({
  status,
  labels,
  annotations: { summary: `${labels.instance} is slow` },
  startsAtMs: START,
  endsAtMs: START,
  generatorUrl: 'http://p/graph',
  fingerprint: '0123456789abcdef',
});
const data: NotificationData = {
  receiver: 'ops',
  status: 'firing',
  alerts: [alert({ alertname: 'Slow', instance: 'a', zone: 'x' }), alert({ alertname: 'Slow', instance: 'b', zone: 'x' }, 'resolved')],
  reason: 'first notification',
  groupLabels: { alertname: 'Slow' },
  commonLabels: { alertname: 'Slow', zone: 'x' },
  commonAnnotations: {},
  externalUrl: 'http://localhost:9090',
};
const files = [
  { file: '/etc/own.tmpl', text: '{{ define "own" }}<{{ .Status }}>{{ end }}{{ define "slack.default.footer" }}ours{{ end }}' },
];
const templates = createNotificationTemplates(files, new FakeClock(START + 90_500));
const expand = (text: string) => templates.expand(text, data);

describe('createNotificationTemplates', () => {
  it.each([
    ['{{ .GroupLabels.alertname }}: {{ range .Alerts }}{{ .Annotations.summary }};{{ end }}', 'Slow: a is slow;b is slow;'],
    ['{{ .Alerts.Firing | len }}/{{ len .Alerts.Resolved }} {{ (index .Alerts 1).Status }}', '1/1 resolved'],
    ['{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}', 'alertname=Slow zone=x '],
    ['{{ .CommonLabels.Remove .GroupLabels.Names }}|{{ .CommonLabels.none }}|{{ .CommonLabels.Values | join "," }}', 'zone=x||Slow,x'],
    ['{{ template "own" . }} {{ template "slack.default.footer" . }}', '<firing> ours'],
    ['{{ template "slack.default.title" . }}', '[FIRING:1] Slow (x)'],
    ['{{ template "slack.default.titlelink" . }}', 'http://localhost:9090/alerts?receiver=ops'],
    [
      '{{ toUpper "a" }} {{ title "a b" }} {{ trimSpace "  x " }} {{ match "^a" "abc" }} {{ reReplaceAll "b" "x" "abc" }}',
      'A A B x true axc',
    ],
    ['{{ join "-" (stringSlice "a" "b") }} {{ humanizeDuration 90 }} {{ toJson (list 1 "a") }}', 'a-b 1m 30s [1,"a"]'],
    [
      '{{ with index .Alerts 0 }}{{ date "2006-01-02 15:04 MST" (tz "America/New_York" .StartsAt) }} {{ since .StartsAt }}{{ end }}',
      '2023-11-14 17:13 EST 1m30.5s',
    ],
    ['{{ (index .Alerts 0).StartsAt }} {{ (index .Alerts 0).StartsAt.Unix }}', '2023-11-14 22:13:20 +0000 UTC 1700000000'],
  ])('%s', (text, wanted) => expect(expand(text)).toBe(wanted));

  it('refuses what is no template, with its place', () => {
    expect(() => expand('{{ .Nope }}')).toThrow(
      'template: :1:3: executing "" at <.Nope>: can\'t evaluate field Nope in type *template.Data',
    );
    expect(() => checkNotificationTemplate('a\n{{ end }}')).toThrow('template: :2: unexpected {{end}}');
    expect(() => createNotificationTemplates([{ file: '/x/bad.tmpl', text: '{{ if }}' }], new FakeClock())).toThrow(
      'template: bad.tmpl:1: missing value for if',
    );
  });
});
