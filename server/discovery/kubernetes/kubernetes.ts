import type { KubernetesDiscovery, KubernetesRole } from '../../config/kubernetes-discovery.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Discoverer, DiscovererDeps } from '../discoverer.ts';
import { createUpdates } from '../updates.ts';
import { accessTo, readOwnNamespace } from './access.ts';
import { createApiClient } from './api-client.ts';
import { createBackoff } from './backoff.ts';
import { type Following, follow } from './follow.ts';
import { type KubernetesNode, readNode } from './node.ts';
import type { Reflector } from './reflector.ts';
import type { RoleView } from './role-view.ts';
import { startView } from './start-view.ts';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Roles whose targets can show the labels of their nodes. */
const NODE_USERS: ReadonlySet<KubernetesRole> = new Set(['pod', 'endpoints', 'endpointslice']);

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
    for (const namespace of namespaces) views.push(startView(config.role, namespace, following, nodes));
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
