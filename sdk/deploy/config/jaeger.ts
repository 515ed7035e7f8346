const BADGER = { directories: { keys: '/badger/keys', values: '/badger/values' }, ephemeral: false, ttl: { spans: '168h' } };

/**
 * The configuration of Jaeger 2, an OpenTelemetry Collector with a storage of its own: spans over OTLP, over Jaeger's HTTP and agent protocols
 * (as the documents send them) and Zipkin's. They are kept for seven days on a local disk, or
 * the newest 100,000 traces in memory.
 */
export function jaegerConfig(storage: 'disk' | 'memory'): unknown {
  return {
    service: {
      extensions: ['healthcheckv2', 'jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp', 'jaeger', 'zipkin'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: {
        logs: { level: 'warn' },
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '0.0.0.0', port: 8888 } } } }] },
      },
    },
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: '0.0.0.0:13133' } },
      jaeger_query: { storage: { traces: 'main' }, http: { endpoint: '0.0.0.0:16686' }, grpc: { endpoint: '0.0.0.0:16685' } },
      jaeger_storage: {
        backends: {
          main: storage === 'memory' ? { memory: { max_traces: 100_000 } } : { badger: BADGER },
        },
      },
    },
    receivers: {
      otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
      jaeger: { protocols: { thrift_http: { endpoint: '0.0.0.0:14268' }, thrift_compact: { endpoint: '0.0.0.0:6831' } } },
      zipkin: { endpoint: '0.0.0.0:9411' },
    },
    processors: { batch: {} },
    exporters: { jaeger_storage_exporter: { trace_storage: 'main' } },
  };
}
