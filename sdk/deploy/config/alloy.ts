// Alloy's configuration language. Log lines go to Loki with the pipeline that the documents give to Promtail; spans come over OTLP and go to
// Tempo and Jaeger.

/** Where spans go: addresses of OTLP over gRPC, by name. */
export type SpanTargets = Readonly<Record<string, string>>;

const WRITE = `
loki.process "service" {
  forward_to = [loki.write.default.receiver]

  stage.json {
    expressions = { timestamp = "", level = "", service = "", trace_id = "" }
  }
  stage.timestamp {
    source = "timestamp"
    format = "RFC3339"
  }
  stage.labels {
    values = { level = "", service = "" }
  }
  stage.structured_metadata {
    values = { trace_id = "" }
  }
}

loki.write "default" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
`;

const POD_LABELS: readonly (readonly [source: string, target: string])[] = [
  ['__meta_kubernetes_namespace', 'namespace'],
  ['__meta_kubernetes_pod_name', 'pod'],
  ['__meta_kubernetes_pod_container_name', 'container'],
  ['__meta_kubernetes_pod_label_app_kubernetes_io_name', 'app'],
];

/** For a DaemonSet: the log lines of the node's pods, read through the Kubernetes API, so that neither root nor a path of the host is needed. */
export function alloyForKubernetes(spans: SpanTargets): string {
  const rules = POD_LABELS.map(([source, target]) => `  rule {\n    source_labels = ["${source}"]\n    target_label  = "${target}"\n  }\n`);
  return `
logging {
  level = "warn"
}

discovery.kubernetes "pods" {
  role = "pod"

  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("NODE_NAME")
  }
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets

${rules.join('\n')}}

loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.process.service.receiver]
}
${WRITE}${spansTo(spans)}`;
}

/** For Compose: the log lines of its containers, read through Docker's socket. */
export function alloyForCompose(spans: SpanTargets): string {
  return `
logging {
  level = "warn"
}

discovery.docker "containers" {
  host = "unix:///var/run/docker.sock"
}

discovery.relabel "containers" {
  targets = discovery.docker.containers.targets

  rule {
    source_labels = ["__meta_docker_container_label_com_docker_compose_service"]
    target_label  = "app"
  }
}

loki.source.docker "containers" {
  host          = "unix:///var/run/docker.sock"
  targets       = discovery.docker.containers.targets
  relabel_rules = discovery.relabel.containers.rules
  forward_to    = [loki.process.service.receiver]
}
${WRITE}${spansTo(spans)}`;
}

function spansTo(spans: SpanTargets): string {
  const names = Object.keys(spans).sort();
  const exporters = names.map(
    (name) => `
otelcol.exporter.otlp "${name}" {
  client {
    endpoint = "${spans[name]}"

    tls {
      insecure = true
    }
  }
}
`,
  );
  return `
otelcol.receiver.otlp "default" {
  grpc {
    endpoint = "0.0.0.0:4317"
  }

  http {
    endpoint = "0.0.0.0:4318"
  }

  output {
    traces = [otelcol.processor.batch.default.input]
  }
}

otelcol.processor.batch "default" {
  output {
    traces = [${names.map((name) => `otelcol.exporter.otlp.${name}.input`).join(', ')}]
  }
}
${exporters.join('')}`;
}
