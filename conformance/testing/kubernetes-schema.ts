// Holds objects of Kubernetes against the schemas of the package kubernetes-models. Its validators check types and what is required, but pass
// over keys that they do not know; as they look at every key that they do know, a key that nobody has looked at is unknown.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** An object of Kubernetes, parsed. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [key: string]: unknown;
}

/** Its method throws when `this` is not as the schema says. */
interface Model {
  readonly prototype: { validate(this: unknown): void };
}

/** What is wrong with an object, in words; empty when it is as its schema says. */
export function schemaFaults(object: KubernetesObject): string[] {
  const { apiVersion, kind, metadata } = object;
  const name = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
  const path = `${apiVersion}/${kind}`;
  const models: Record<string, Model> = require(
    apiVersion.startsWith('monitoring.coreos.com/') ? `@kubernetes-models/prometheus-operator/${path}` : `kubernetes-models/${path}`,
  );
  const seen = new Map<object, Set<string>>();
  try {
    // Not of an instance: the constructor copies, and so looks at everything.
    (models[kind] as Model).prototype.validate.call(watched(object, seen));
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
  return unseen(object, seen, '').map((key) => `${name}: no schema knows ${key}`);
}

function watched(value: unknown, seen: Map<object, Set<string>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = new Set<string>();
  seen.set(value, keys);
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === 'string') keys.add(key);
      return typeof key === 'string' && Object.hasOwn(target, key) && !(Array.isArray(target) && key === 'length')
        ? cached(target, key, seen)
        : Reflect.get(target, key, receiver);
    },
  });
}

function cached(target: object, key: string, seen: Map<object, Set<string>>): unknown {
  const value: unknown = (target as Record<string, unknown>)[key];
  if (typeof value !== 'object' || value === null) return value;
  const before = seen.get(value);
  const proxy = watched(value, seen);
  if (before) for (const one of before) seen.get(value)?.add(one);
  return proxy;
}

function unseen(value: unknown, seen: ReadonlyMap<object, ReadonlySet<string>>, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const looked = seen.get(value) ?? new Set();
  return Object.entries(value).flatMap(([key, member]) => (looked.has(key) ? unseen(member, seen, `${path}/${key}`) : [`${path}/${key}`]));
}
