import { type Alias, isPair, isScalar, type Node, parseDocument, type Scalar, visit } from 'yaml';

const SECRET_KEY =
  /(^|_)(password|secret|secrets|token|credentials|api_key|secret_key|access_key|service_key|routing_key|user_key|api_url|webhook_url)$/;
const USER_INFO = /(\/\/[^\s/:@"']*):[^\s/@"']+@/g;

/** A text that should be a URL, with `<secret>` where a user's name and password stand: for refusals, so however wrong it is. */
export function maskUserInfo(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/s, '$1<secret>@');
}

/** The text of a YAML file with `<secret>` where passwords, tokens, keys, addresses of hooks and values of header maps stand. */
export function redactYaml(text: string): string {
  const ranges: [start: number, end: number][] = [];
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  const hide = (node: Scalar) => {
    if (node.range) ranges.push([node.range[0], node.range[1]]);
  };
  const followed = new Map<Node, Set<string>>();
  const look = (root: Node | typeof document, above: readonly string[]) =>
    visit(root, {
      Scalar(role, node, ancestors) {
        if (role !== 'key' && isSecret([...above, ...keysOf(ancestors)])) hide(node);
      },
      Alias(role, node, ancestors) {
        if (role !== 'key') follow(node, [...above, ...keysOf(ancestors)]);
      },
    });
  // What is secret here may stand at an anchor under harmless keys.
  const follow = (alias: Alias, keys: readonly string[]) => {
    const anchored = alias.resolve(document);
    if (!anchored) return;
    const deciding = [
      ...keys.slice(0, -2).filter((key) => key === 'headers' || key === 'proxy_connect_header' || key === 'webhook_configs'),
      ...keys.slice(-2),
    ];
    const known = followed.get(anchored) ?? new Set();
    followed.set(anchored, known);
    const context = [...new Set(deciding)].join('\n');
    if (known.has(context)) return;
    known.add(context);
    look(anchored, deciding);
  };
  look(document, []);
  ranges.sort(([a], [b]) => a - b);
  let redacted = '';
  let end = 0;
  for (const [from, to] of ranges) {
    if (from < end) continue;
    redacted += `${text.slice(end, from)}<secret>`;
    // A block ends after its line break, which has to stay.
    end = text[to - 1] === '\n' ? to - 1 : to;
  }
  return (redacted + text.slice(end)).replace(USER_INFO, '$1:<secret>@');
}

function keysOf(ancestors: readonly unknown[]): string[] {
  return ancestors.flatMap((parent) => (isPair(parent) && isScalar(parent.key) ? [String(parent.key.value)] : []));
}

function isSecret(keys: readonly string[]): boolean {
  const key = keys.at(-1) ?? '';
  // A webhook's address often carries its token, as Slack's does.
  const isHook = key === 'url' && keys.includes('webhook_configs');
  return (
    isHook ||
    SECRET_KEY.test(key) ||
    (key === 'key' && keys.at(-2) === 'tls_config') ||
    keys.includes('headers') ||
    keys.includes('proxy_connect_header')
  );
}
