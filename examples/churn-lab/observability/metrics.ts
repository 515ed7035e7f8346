// All metrics that the lab reads: those that the service declares, each once, and those that exporters of others expose.
import { existing, metrics } from '@alidade/sdk/code';
import * as catalog from '@alidade/sdk/instrument/catalog';
import * as business from '../../prediction-api/business-metrics.ts';
import * as pipelines from '../../prediction-api/pipeline-metrics.ts';
import { JOB } from './service.ts';

/** What the prediction service exposes. */
export const api = metrics({ ...catalog, ...business }, { targetLabels: ['service'] });

/** What the training pipeline pushes. */
export const pipeline = metrics(pipelines);

/** Only the prediction service. */
export const OF_API = { job: JOB } as const;

/** Hosts: Alidade's own collector, or node-exporter. */
export const host = {
  cpuSeconds: existing.counter('node_cpu_seconds_total', ['cpu', 'mode'], 'seconds'),
  load1: existing.gauge('node_load1'),
  memoryTotal: existing.gauge('node_memory_MemTotal_bytes', [], 'bytes'),
  memoryAvailable: existing.gauge('node_memory_MemAvailable_bytes', [], 'bytes'),
  filesystemSize: existing.gauge('node_filesystem_size_bytes', ['mountpoint', 'device', 'fstype'], 'bytes'),
  filesystemAvailable: existing.gauge('node_filesystem_avail_bytes', ['mountpoint', 'device', 'fstype'], 'bytes'),
  diskRead: existing.counter('node_disk_read_bytes_total', ['device'], 'bytes'),
  diskWritten: existing.counter('node_disk_written_bytes_total', ['device'], 'bytes'),
  networkReceived: existing.counter('node_network_receive_bytes_total', ['device'], 'bytes'),
  networkSent: existing.counter('node_network_transmit_bytes_total', ['device'], 'bytes'),
  bootTime: existing.gauge('node_boot_time_seconds', [], 'seconds'),
} as const;

/** Kubernetes: the kubelet's cAdvisor and kube-state-metrics. */
export const kubernetes = {
  containerCpu: existing.counter('container_cpu_usage_seconds_total', ['namespace', 'pod', 'container'], 'seconds'),
  containerMemory: existing.gauge('container_memory_working_set_bytes', ['namespace', 'pod', 'container'], 'bytes'),
  podReceived: existing.counter('container_network_receive_bytes_total', ['namespace', 'pod', 'interface'], 'bytes'),
  podSent: existing.counter('container_network_transmit_bytes_total', ['namespace', 'pod', 'interface'], 'bytes'),
  podPhase: existing.gauge('kube_pod_status_phase', ['namespace', 'pod', 'phase']),
  podReady: existing.gauge('kube_pod_status_ready', ['namespace', 'pod', 'condition']),
  restarts: existing.counter('kube_pod_container_status_restarts_total', ['namespace', 'pod', 'container']),
  replicasWanted: existing.gauge('kube_deployment_spec_replicas', ['namespace', 'deployment']),
  replicasAvailable: existing.gauge('kube_deployment_status_replicas_available', ['namespace', 'deployment']),
  nodeCondition: existing.gauge('kube_node_status_condition', ['node', 'condition', 'status']),
} as const;

/** Alidade's own figures. */
export const alidade = {
  samples: existing.counter('alidade_storage_samples_total'),
  samplesRefused: existing.counter('alidade_storage_samples_refused_total', ['reason']),
  logLines: existing.counter('alidade_storage_log_lines_total'),
  logLinesRefused: existing.counter('alidade_receive_log_lines_refused_total', ['reason']),
  spans: existing.counter('alidade_storage_spans_total'),
  series: existing.gauge('alidade_storage_series'),
  pendingBytes: existing.gauge('alidade_storage_pending_bytes', [], 'bytes'),
  diskBytes: existing.gauge('alidade_storage_disk_bytes', [], 'bytes'),
  eventLoopDelay: existing.gauge('alidade_event_loop_delay_p99_seconds', [], 'seconds'),
  requests: existing.counter('alidade_http_requests_total', ['method', 'route', 'status']),
  requestDuration: existing.histogram('alidade_http_request_duration_seconds', ['route'], { buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10] }),
  memory: existing.gauge('process_resident_memory_bytes', [], 'bytes'),
} as const;

/** What every scrape tells about itself. */
export const scrape = {
  samples: existing.gauge('scrape_samples_scraped'),
  kept: existing.gauge('scrape_samples_post_metric_relabeling'),
  added: existing.gauge('scrape_series_added'),
  duration: existing.gauge('scrape_duration_seconds', [], 'seconds'),
} as const;
