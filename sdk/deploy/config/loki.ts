/** loki.yaml of Loki 3 in one process on a local disk: the exercise's limits and 31 days, in the settings that took the place of those it uses. */
export function lokiConfig(): unknown {
  return {
    auth_enabled: false,
    analytics: { reporting_enabled: false },
    server: { http_listen_port: 3100, grpc_listen_port: 9095, log_level: 'warn' },
    common: {
      path_prefix: '/loki',
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: '/loki/chunks', rules_directory: '/loki/rules' } },
    },
    schema_config: {
      configs: [
        { from: '2024-01-01', store: 'tsdb', object_store: 'filesystem', schema: 'v13', index: { prefix: 'index_', period: '24h' } },
      ],
    },
    ingester: { chunk_idle_period: '5m', chunk_retain_period: '30s', max_chunk_age: '1h' },
    limits_config: {
      retention_period: '744h',
      reject_old_samples: true,
      reject_old_samples_max_age: '168h',
      ingestion_rate_mb: 10,
      ingestion_burst_size_mb: 20,
      allow_structured_metadata: true,
      volume_enabled: true,
    },
    compactor: { working_directory: '/loki/compactor', retention_enabled: true, delete_request_store: 'filesystem' },
    // Without tenants everything is of the tenant `fake`, whose rules lie in the folder of that name.
    ruler: {
      alertmanager_url: 'http://alertmanager:9093',
      enable_alertmanager_v2: true,
      rule_path: '/loki/rules-scratch',
      storage: { type: 'local', local: { directory: '/etc/loki/rules' } },
    },
  };
}
