// From a service, as traces call it, to the streams of its logs, as their labels call it.
import { useQuery } from '@tanstack/react-query';
import { logLabelsQuery, logLabelValuesQuery } from './logs.ts';
import type { AbsoluteRange } from './time-range.ts';

/** Labels that may hold the name of the service, the surest first. */
const NAMES = ['service_name', 'service', 'app', 'job', 'container', 'container_name'] as const;

/** LogQL stream selectors: of one service where its name is known to the logs, of all streams with that label otherwise. */
export interface LogSelectors {
  readonly all: string;
  readonly of: (service: string) => string;
}

/** Selectors for what was logged in a range. Until the labels are known they are a good guess. */
export function useLogSelectors(range: AbsoluteRange): LogSelectors {
  const { data: labels } = useQuery(logLabelsQuery(range));
  const label = serviceLabel(labels ?? []);
  const { data: values } = useQuery({ ...logLabelValuesQuery(label, range), enabled: labels?.includes(label) ?? false });
  return logSelectors(label, values ?? []);
}

/** The label that names services, among those that there are. */
export function serviceLabel(labels: readonly string[]): string {
  return NAMES.find((name) => labels.includes(name)) ?? labels[0] ?? 'service';
}

/** Selectors by a label with these values. */
export function logSelectors(label: string, values: readonly string[]): LogSelectors {
  const all = `{${label}=~".+"}`;
  return { all, of: (service) => (values.includes(service) ? `{${label}=${JSON.stringify(service)}}` : all) };
}
