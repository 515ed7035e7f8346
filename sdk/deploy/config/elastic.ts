/** elasticsearch.yml: one node, passwords on; whoever may reach it is bounded by the network. */
export function elasticsearchConfig(): unknown {
  return {
    'cluster.name': 'observability',
    'network.host': '0.0.0.0',
    'discovery.type': 'single-node',
    'xpack.security.enabled': true,
    'xpack.security.http.ssl.enabled': false,
    'indices.memory.index_buffer_size': '30%',
    'indices.memory.min_index_buffer_size': '96mb',
    'thread_pool.write.queue_size': 1000,
  };
}

/** kibana.yml; its credentials come as a service account's token from the environment. */
export function kibanaConfig(): unknown {
  return {
    'server.name': 'kibana',
    'server.host': '0.0.0.0',
    'elasticsearch.hosts': ['http://elasticsearch:9200'],
    'telemetry.optIn': false,
  };
}

/** logstash.yml. */
export function logstashConfig(): unknown {
  return { 'api.http.host': '0.0.0.0', 'path.data': '/usr/share/logstash/data', 'xpack.monitoring.enabled': false };
}

/** The pipeline of the documents: Beats and JSON over HTTP in, JSON fields and time read, one index a day out. */
export function logstashPipeline(): string {
  return `
input {
  beats {
    port => 5044
  }
  http {
    port => 8080
    codec => json
  }
}

filter {
  if [message] =~ /^\\s*\\{/ {
    json {
      source => "message"
      skip_on_invalid_json => true
    }
  }
  if [timestamp] {
    date {
      match => ["timestamp", "ISO8601"]
    }
  }
  if [context][latency_ms] {
    if [context][latency_ms] > 1000 {
      mutate { add_field => { "performance_category" => "slow" } }
    } else if [context][latency_ms] > 500 {
      mutate { add_field => { "performance_category" => "medium" } }
    } else {
      mutate { add_field => { "performance_category" => "fast" } }
    }
  }
}

output {
  elasticsearch {
    hosts => ["http://elasticsearch:9200"]
    user => "logstash_internal"
    password => "\${LOGSTASH_PASSWORD}"
    index => "ml-logs-%{+YYYY.MM.dd}"
  }
}
`;
}
