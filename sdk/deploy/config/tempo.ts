const RETENTION = '168h';

/**
 * tempo.yaml of Tempo 3 in one process on a local disk. Span metrics and service graphs are written to every address of `remoteWrite`: each
 * replica of Prometheus has to get all of them.
 */
export function tempoConfig(remoteWrite: readonly string[]): unknown {
  return {
    stream_over_http_enabled: true,
    server: { http_listen_port: 3200, log_level: 'warn' },
    distributor: {
      receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } } },
    },
    storage: { trace: { backend: 'local', wal: { path: '/var/tempo/wal' }, local: { path: '/var/tempo/blocks' } } },
    live_store: { wal: { path: '/var/tempo/live-store' }, shutdown_marker_dir: '/var/tempo/live-store/shutdown-marker' },
    // Both keep a retention of their own; without them it is 14 days.
    backend_scheduler: {
      local_work_path: '/var/tempo/work',
      provider: { compaction: { compaction: { block_retention: RETENTION } } },
    },
    backend_worker: { compaction: { block_retention: RETENTION } },
    metrics_generator: {
      storage: { path: '/var/tempo/generator', remote_write: remoteWrite.map((url) => ({ url, send_exemplars: true })) },
    },
    overrides: { defaults: { metrics_generator: { processors: ['service-graphs', 'span-metrics'] } } },
    usage_report: { reporting_enabled: false },
  };
}
