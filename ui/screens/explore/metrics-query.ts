// Names of metrics with type and help, labels of one metric, values of one label.
import { queryOptions } from '@tanstack/react-query';
import { getPrometheus } from '../../data/client.ts';
import { describeMetrics, type Metadata, selectorOf } from './suggestions.ts';

const FRESH_MS = 60_000;
const MOST_VALUES = 1_000;

/** All metrics by name. */
export const metricsQuery = () =>
  queryOptions({
    queryKey: ['explore', 'metrics'],
    queryFn: async ({ signal }) => {
      const [names, metadata] = await Promise.all([
        getPrometheus<readonly string[]>('/api/v1/label/__name__/values', {}, signal),
        getPrometheus<Metadata>('/api/v1/metadata', {}, signal),
      ]);
      return describeMetrics(names, metadata);
    },
    staleTime: FRESH_MS,
  });

/** The label names of a metric. */
export const labelNamesQuery = (metric: string) =>
  queryOptions({
    queryKey: ['explore', 'labels', metric],
    queryFn: async ({ signal }) => {
      const names = await getPrometheus<readonly string[]>('/api/v1/labels', { 'match[]': selectorOf(metric) }, signal);
      return names.filter((name) => name !== '__name__');
    },
    staleTime: FRESH_MS,
  });

/** The values of a label of a metric; at most a thousand, that is one more than can be read. */
export const labelValuesQuery = (metric: string, label: string) =>
  queryOptions({
    queryKey: ['explore', 'values', metric, label],
    queryFn: ({ signal }) =>
      getPrometheus<readonly string[]>(
        `/api/v1/label/${encodeURIComponent(label)}/values`,
        { 'match[]': selectorOf(metric), limit: MOST_VALUES },
        signal,
      ),
    staleTime: FRESH_MS,
  });
