import type { Secret } from '../model/secret.ts';

/** How to talk HTTP to something: targets, discovery, webhooks. Files named here are read at each use, so that rotated secrets work. */
export interface HttpClientConfig {
  readonly basicAuth?: { readonly username: string; readonly password?: Secret; readonly passwordFile?: string };
  readonly authorization?: { readonly type: string; readonly credentials?: Secret; readonly credentialsFile?: string };
  readonly tls?: TlsConfig;
  readonly followRedirects: boolean;
  readonly proxyUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Client side of TLS; texts and files are PEM. */
export interface TlsConfig {
  readonly caFile?: string;
  readonly ca?: string;
  readonly certFile?: string;
  readonly cert?: string;
  readonly keyFile?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}
