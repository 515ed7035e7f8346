// What to do about a failed scrape. The server says what happened; here is what usually mends it.

/** A sentence, and the setting or argument to write, when there is one. */
export interface ScrapeCure {
  readonly text: string;
  readonly code?: string;
}

type Rule = readonly [pattern: RegExp, cure: (found: RegExpExecArray) => ScrapeCure];

const RULES: readonly Rule[] = [
  [
    /no such host "?([^\s";]*)"?|lookup (\S+?)(?: on|:)/,
    (found) => {
      const host = found[1] || found[2] || 'NAME';
      return {
        text: 'The name does not resolve on this machine. If it is a name of a Compose network, say where the service listens here:',
        code: `--resolve ${host}=127.0.0.1`,
      };
    },
  ],
  [/connection refused/, () => ({ text: 'Nothing listens at this address. Start the service, or correct the port in static_configs.' })],
  [
    /context deadline exceeded|timed? ?out/i,
    () => ({ text: 'The target did not answer in time. Look at what is slow there, or allow more:', code: 'scrape_timeout: 30s' }),
  ],
  [
    /status (?:code )?(?:"?)(401|403)/,
    () => ({ text: 'The target wants credentials. Give them to the job with basic_auth or authorization.' }),
  ],
  [
    /status (?:code )?(?:"?)404/,
    () => ({ text: 'The service answers, but not on this path. Say where its metrics are:', code: 'metrics_path: /metrics' }),
  ],
  [/status (?:code )?(?:"?)5\d\d/, () => ({ text: 'The service failed while it wrote its metrics. Its own log says why.' })],
  [
    /does the target speak plain http|wrong version number|first record does not look like a TLS/i,
    () => ({ text: 'The target does not speak TLS on this port:', code: 'scheme: http' }),
  ],
  [
    /self.?signed|unknown authority|unable to (?:get|verify)/i,
    () => ({ text: 'The certificate is signed by an authority that is not known here. Name it:', code: 'tls_config: { ca_file: ca.pem }' }),
  ],
  [
    /body size|too large/i,
    () => ({ text: 'The answer is larger than the job allows. Raise the limit, or find out what grew:', code: 'body_size_limit: 50MB' }),
  ],
  [
    /sample limit|sample_limit/i,
    () => ({
      text: 'The target has more samples than the job allows. Drop some with metric_relabel_configs, or raise:',
      code: 'sample_limit',
    }),
  ],
  [
    /content.?type|text\/html|invalid metric|expected .* got|parse|unexpected/i,
    () => ({ text: 'What the target answers is not in a metrics format. Does metrics_path point at a page for people?' }),
  ],
];

/** The cure for an error of a target, undefined when none is known. */
export function cureFor(lastError: string): ScrapeCure | undefined {
  for (const [pattern, cure] of RULES) {
    const found = pattern.exec(lastError);
    if (found) return cure(found);
  }
  return undefined;
}
