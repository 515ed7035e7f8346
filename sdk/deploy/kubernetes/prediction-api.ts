import { serviceName } from '../config/targets.ts';
import type { Definitions } from '../definitions.ts';
import type { DeploySettings } from '../options.ts';
import { telemetryEgress } from './cluster.ts';
import { account, type Manifest, object, selectorOf } from './manifest.ts';
import { fieldEnv, type PodOptions, scratch } from './pod.ts';
import { deployment, disruptionBudget, service, visitors } from './workload.ts';

const PORTS = { http: 5000 };
/** Where telemetry goes: variables of the ConfigMap, credentials of the Secret, of this name. */
const TELEMETRY = 'prediction-api-telemetry';

/** The prediction API: three replicas and up to ten, none taken away before another is there. */
export function predictionApiManifests({ jobs }: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'prediction-api', namespace: settings.applicationNamespace };
  return [
    ...account(program),
    deployment(program, 3, pod(serviceName(jobs), settings), {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    }),
    service(program, PORTS),
    disruptionBudget(program, 2),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', program, {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: program.name },
        minReplicas: 3,
        maxReplicas: 10,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
      },
    }),
    visitors(program, [{ ports: [5000] }]),
    object(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      { ...program, name: 'prediction-api-egress' },
      {
        spec: { podSelector: { matchLabels: selectorOf(program.name) }, policyTypes: ['Egress'], egress: telemetryEgress(settings) },
      },
    ),
  ];
}

function pod(service: string, settings: DeploySettings): PodOptions {
  return {
    image: settings.predictionImage,
    env: [
      { name: 'HOST', value: '0.0.0.0' },
      { name: 'PORT', value: '5000' },
      { name: 'ENVIRONMENT', value: settings.cluster },
      { name: 'OTEL_SERVICE_NAME', value: service },
      fieldEnv('POD_NAME', 'metadata.name'),
      { name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'k8s.pod.name=$(POD_NAME)' },
    ],
    envFrom: [{ configMapRef: { name: TELEMETRY, optional: true } }, { secretRef: { name: TELEMETRY, optional: true } }],
    ports: PORTS,
    user: 1000,
    cpu: ['250m', '1'],
    memory: ['128Mi', '512Mi'],
    probes: { port: 'http', live: '/health', ready: '/health' },
    mounts: [scratch('/tmp', 'tmp')],
  };
}

/** Where the prediction API sends spans and lines, for one of the stacks. */
export function telemetryMap(settings: DeploySettings, variables: Readonly<Record<string, string>>): Manifest {
  return object('v1', 'ConfigMap', { name: TELEMETRY, namespace: settings.applicationNamespace }, { data: variables });
}
