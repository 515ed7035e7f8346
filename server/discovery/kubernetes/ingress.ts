import { type Fields, fieldsOf, itemsOf, maybeFields, maybeText, textOf } from './fields.ts';
import { keyOf, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import type { Role } from './role.ts';

/** An ingress. */
export interface KubernetesIngress {
  readonly meta: ObjectMeta;
  readonly className: string;
  readonly tlsHosts: readonly string[];
  readonly rules: readonly { readonly host: string; readonly paths: readonly string[] }[];
}

export function readIngress(object: Fields): KubernetesIngress {
  const spec = fieldsOf(object.spec);
  return {
    meta: readMeta(object),
    className: maybeText(spec.ingressClassName) ?? '',
    tlsHosts: itemsOf(spec.tls).flatMap((tls) => itemsOf(fieldsOf(tls).hosts).map(textOf)),
    rules: itemsOf(spec.rules).map((item) => {
      const rule = fieldsOf(item);
      const http = maybeFields(rule.http);
      // A rule without HTTP is about the whole host.
      const paths = http ? itemsOf(http.paths).map((path) => textOf(fieldsOf(path).path) || '/') : ['/'];
      return { host: textOf(rule.host), paths };
    }),
  };
}

/** One target for each path of each rule: the host, for a black-box exporter. */
export const ingressRole: Role<KubernetesIngress> = {
  kind: 'ingress',
  read: readIngress,
  build(ingress) {
    return {
      source: `ingress/${keyOf(ingress.meta)}`,
      labels: {
        __meta_kubernetes_namespace: ingress.meta.namespace,
        __meta_kubernetes_ingress_class_name: ingress.className,
        ...metaLabels('ingress', ingress.meta),
      },
      targets: ingress.rules.flatMap(({ host, paths }) => {
        const scheme = ingress.tlsHosts.some((pattern) => matchesHost(pattern, host)) ? 'https' : 'http';
        return paths.map((path) => ({
          address: host,
          labels: {
            __meta_kubernetes_ingress_scheme: scheme,
            __meta_kubernetes_ingress_host: host,
            __meta_kubernetes_ingress_path: path,
          },
        }));
      }),
    };
  },
};

/** Whether a certificate for `pattern` serves `host`: equal, or `*` in place of the first part. */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [first, ...rest] = pattern.split('.');
  const [, ...ofHost] = host.split('.');
  return first === '*' && rest.length === ofHost.length && rest.every((part, i) => part === ofHost[i]);
}
