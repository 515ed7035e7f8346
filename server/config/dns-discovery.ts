import { checkedText, duration, listOf, section, text, wholeNumber } from './fields.ts';

/** `dns_sd_configs`: one target for each record of each name. */
export interface DnsDiscovery {
  readonly type: 'dns';
  readonly names: readonly string[];
  readonly recordType: DnsRecordType;
  /** 0 for SRV, whose records say it. */
  readonly port: number;
  readonly refreshIntervalMs: number;
}

/** The records that can be asked for. */
export type DnsRecordType = 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';

const RECORD_TYPES: ReadonlySet<string> = new Set(['SRV', 'A', 'AAAA', 'MX', 'NS']);
const DEFAULT_REFRESH_MS = 30_000;

/** One entry of `dns_sd_configs`. */
export const dnsSection = section({
  names: listOf(text()),
  type: checkedText((value) =>
    RECORD_TYPES.has(value.toUpperCase())
      ? undefined
      : `invalid DNS-SD records type ${value} (want one of ${[...RECORD_TYPES].join(', ')})`,
  ).default('SRV'),
  port: wholeNumber(0, 65_535).default(0),
  refresh_interval: duration().default(DEFAULT_REFRESH_MS),
}).superRefine((settings, context) => {
  const fault = (message: string) => context.addIssue({ code: 'custom', message });
  if (settings.names.length === 0) fault('DNS-SD config must contain at least one SRV record name (names: [_metrics._tcp.example.com])');
  if (settings.port === 0 && settings.type.toUpperCase() !== 'SRV') {
    fault('a port is required in DNS-SD configs for all record types except SRV');
  }
});

/** From the file's settings to the contract. */
export function toDnsDiscovery(settings: (typeof dnsSection)['_output']): DnsDiscovery {
  return {
    type: 'dns',
    names: settings.names,
    recordType: settings.type.toUpperCase() as DnsRecordType,
    port: settings.port,
    refreshIntervalMs: settings.refresh_interval,
  };
}
