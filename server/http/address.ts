/** Where to listen; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9090`, `[::1]:9090`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether `host` is an IP address, which no DNS answer can have turned into ours. */
export function isAddressLiteral(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

/** The name in a Host header, without port, brackets and the final dot; '' when there is none. */
export function hostNameOf(hostHeader: string | undefined): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(hostHeader ?? '');
  return (match?.[1] ?? match?.[2] ?? '').replace(/\.$/, '').toLowerCase();
}
