import type { KubernetesDiscovery, KubernetesRole } from '../../config/kubernetes-discovery.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import type { Discoverer, DiscovererDeps } from '../discoverer.ts';
import { accessTo, readOwnNamespace } from './access.ts';
import { createApiClient } from './api-client.ts';
import { createBackoff } from './backoff.ts';
import { endpointSliceRole } from './endpoint-slice.ts';
import { endpointsRole } from './endpoints.ts';
import { type Following, follow } from './follow.ts';
import { ingressRole } from './ingress.ts';
import { type KubernetesNode, nodeRole, readNode } from './node.ts';
import { podRole } from './pod.ts';
import type { Reflector } from './reflector.ts';
import { RoleView } from './role-view.ts';
import { serviceRole } from './service.ts';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Roles whose targets can show the labels of their nodes. */
const NODE_USERS: ReadonlySet<KubernetesRole> = new Set(['pod', 'endpoints', 'endpointslice']);
// A cluster is never still: what changes within this time is passed on at once.
const SETTLE_MS = 100;
const UPDATE_EVERY_MS = 5_000;

/** `kubernetes_sd_configs`: follows the objects of an API server by list and watch. Outages leave what was known in force. */
export function startKubernetes(config: KubernetesDiscovery, deps: DiscovererDeps): Discoverer {
  const { clock, env = process.env, serviceAccountDir = SERVICE_ACCOUNT_DIR } = deps;
  const controller = new AbortController();
  const surroundings = { env, serviceAccountDir, clock, signal: controller.signal };
  const openAccess = accessTo(config.access, surroundings);
  const api = createApiClient(openAccess, { resolve: deps.resolve, clock });
  const views: RoleView[] = [];
  let nodes: Reflector<KubernetesNode> | undefined;
  const source = config.access.type === 'kubeconfig' ? config.access.file : config.access.type;
  let hasFailed = false;
  const report = (error: unknown) => {
    if (controller.signal.aborted || (error === undefined && !hasFailed)) return;
    hasFailed = error !== undefined;
    deps.onProblem(`${source} (${config.role})`, hasFailed ? messageOf(error) : undefined);
  };
  const updateTargets = async () => {
    // Until something is known, what was found before a reload stays.
    if (!views.some((view) => view.isSynced)) return;
    const groups = await Promise.all(views.map((view) => view.groups(controller.signal)));
    if (!controller.signal.aborted) deps.onUpdate(groups.flat());
  };
  const updates = createUpdates(clock, () => updateTargets().then(() => report(undefined), report));

  const opening = (async () => {
    const prepare = async () => {
      await openAccess();
      return config.ownNamespace ? await readOwnNamespace(surroundings) : '';
    };
    const own = await untilItWorks(prepare, source, deps, controller.signal);
    const namespaces = namespacesOf(config, own);
    if (controller.signal.aborted) return;
    const following: Following = { api, clock, config, onProblem: deps.onProblem, onUpdate: updates.request };
    const onNode = (name: string) => {
      for (const view of views) view.nodeChanged(name);
    };
    nodes = config.attachNode && NODE_USERS.has(config.role) ? follow('node', '', readNode, onNode, following) : undefined;
    for (const namespace of namespaces) views.push(viewOf(config.role, namespace, following, nodes));
  })().catch(report);

  return {
    async stop() {
      controller.abort();
      await updates.stop();
      await opening;
      await Promise.all([nodes?.stop(), ...views.map((view) => view.stop())]);
      await api.close();
    },
  };
}

function viewOf(role: KubernetesRole, namespace: string, following: Following, nodes: Reflector<KubernetesNode> | undefined): RoleView {
  switch (role) {
    case 'pod':
      return RoleView.start(podRole, namespace, following, nodes);
    case 'service':
      return RoleView.start(serviceRole, namespace, following);
    case 'endpoints':
      return RoleView.start(endpointsRole, namespace, following, nodes);
    case 'endpointslice':
      return RoleView.start(endpointSliceRole, namespace, following, nodes);
    case 'node':
      return RoleView.start(nodeRole, namespace, following);
    case 'ingress':
      return RoleView.start(ingressRole, namespace, following);
  }
}

/** '' means all of them. Nodes have none. */
function namespacesOf({ role, namespaces, ownNamespace }: KubernetesDiscovery, own: string): readonly string[] {
  if (role === 'node') return [''];
  const named = new Set([...(ownNamespace ? [own] : []), ...namespaces]);
  return named.size === 0 ? [''] : [...named];
}

/** Tries again and again to find out where the API server is; what stands in the way is one problem, not one for each list. */
async function untilItWorks(prepare: () => Promise<string>, source: string, deps: DiscovererDeps, signal: AbortSignal): Promise<string> {
  const backoff = createBackoff(deps.clock);
  for (let isFailing = false; !signal.aborted; isFailing = true) {
    try {
      const prepared = await prepare();
      if (isFailing) deps.onProblem(source, undefined);
      return prepared;
    } catch (error) {
      deps.onProblem(source, messageOf(error));
      await backoff.wait(signal);
    }
  }
  return '';
}

/** Passes changes on: soon when it was quiet, else every five seconds, as upstream. `update` must not throw. */
function createUpdates(clock: Clock, update: () => Promise<void>) {
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  let isDueAgain = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const request = () => {
    if (isStopped) return;
    if (running) isDueAgain = true;
    else timer ??= clock.after(Math.max(SETTLE_MS, lastMs + UPDATE_EVERY_MS - clock.nowMs()), run);
  };
  const run = () => {
    timer = undefined;
    isDueAgain = false;
    lastMs = clock.nowMs();
    running = update().finally(() => {
      running = undefined;
      if (isDueAgain) request();
    });
  };
  return {
    request,
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
