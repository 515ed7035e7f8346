/**
 * promtail.yaml as the exercise has it, with what it needs to work: the container runtime's prefix of each line is read, the lines' path is
 * told, the namespace's label has its name, and of the pods' labels only the name is kept (each other one would multiply the streams).
 */
export function promtailConfig(): unknown {
  return {
    server: { http_listen_port: 9080, grpc_listen_port: 0 },
    positions: { filename: '/run/promtail/positions.yaml' },
    clients: [{ url: 'http://loki:3100/loki/api/v1/push' }],
    scrape_configs: [
      {
        job_name: 'kubernetes-pods',
        kubernetes_sd_configs: [{ role: 'pod' }],
        relabel_configs: [
          { source_labels: ['__meta_kubernetes_pod_node_name'], target_label: '__host__' },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
          { source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'], target_label: 'app' },
          {
            source_labels: ['__meta_kubernetes_pod_uid', '__meta_kubernetes_pod_container_name'],
            separator: '/',
            target_label: '__path__',
            replacement: '/var/log/pods/*$1/*.log',
          },
        ],
        pipeline_stages: [
          { cri: {} },
          {
            json: { expressions: { timestamp: 'timestamp', level: 'level', service: 'service', message: 'message', trace_id: 'trace_id' } },
          },
          { timestamp: { source: 'timestamp', format: 'RFC3339' } },
          { labels: { level: 'level', service: 'service' } },
        ],
      },
    ],
  };
}
