/** How HTTP requests are made; secrets are read from files, never written here. */
export interface HttpClientOptions {
  readonly basicAuth?: { readonly username?: string; readonly usernameFile?: string; readonly passwordFile: string };
  readonly authorization?: { readonly type?: string; readonly credentialsFile: string };
  readonly oauth2?: {
    readonly clientId: string;
    readonly clientSecretFile: string;
    readonly tokenUrl: string;
    readonly scopes?: readonly string[];
  };
  readonly tlsConfig?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
    readonly insecureSkipVerify?: boolean;
  };
  readonly proxyUrl?: string;
  readonly followRedirects?: boolean;
}
