// Addresses besides the main one, for clients that cannot be told a URL: the same server answers on all of them.
import { GRAFANA_PATHS, GRAFANA_PREFIX } from './api/grafana/plugin.ts';
import { PUSHGATEWAY_PREFIX } from './api/pushgateway/plugin.ts';
import type { ServerConfig } from './config/config.ts';
import { formatAddress, type ListenAddress } from './http/address.ts';
import type { GrpcServer } from './http/grpc-server.ts';
import type { HttpServer } from './http/server.ts';
import { messageOf } from './model/app-error.ts';
import type { Logger } from './telemetry/logger.ts';

/** Who is expected at a port, and what is put before the paths that are asked there (all, or those that match) where they would mean something else here. */
interface CompatPort {
  readonly who: string;
  readonly prefix?: string;
  readonly paths?: RegExp;
}

/** Ports by which clients know the programs that this one stands in for. */
const COMPAT_PORTS: Readonly<Record<number, CompatPort>> = {
  3000: { who: 'Grafana', prefix: GRAFANA_PREFIX, paths: GRAFANA_PATHS },
  3100: { who: 'Loki' },
  3200: { who: 'Tempo' },
  9091: { who: 'the Pushgateway', prefix: PUSHGATEWAY_PREFIX },
  9093: { who: 'Alertmanager' },
  16686: { who: 'Jaeger' },
};

/** Opens them; one that is taken or forbidden is a warning that says what will not arrive. Answers these warnings. */
export async function openExtraListeners(http: HttpServer, grpc: GrpcServer, config: ServerConfig, logger: Logger): Promise<string[]> {
  const closed: string[] = [];
  const { listen, otlpHttp, otlpGrpc, compatPorts } = config;
  const open = async (address: ListenAddress, who: string, listenOn: (address: ListenAddress) => Promise<ListenAddress>) => {
    try {
      const { port } = await listenOn(address);
      logger.info({ address: formatAddress({ ...address, port }) }, `listening for ${who}`);
    } catch (error) {
      const warning = `clients of ${who} cannot use its usual port: ${messageOf(error)}`;
      closed.push(warning);
      logger.warn(warning);
    }
  };
  const openHttp = async (address: ListenAddress, { who, ...place }: CompatPort) => {
    const isOpen = address.port !== 0 && address.port === listen.port;
    if (!isOpen) await open(address, who, (at) => http.listen(at, (url) => placed(url, place)));
  };
  if (otlpHttp) await openHttp(otlpHttp, { who: 'OTLP over HTTP' });
  if (otlpGrpc) await open(otlpGrpc, 'OTLP over gRPC', (at) => grpc.listen(at));
  if (!compatPorts) return closed;
  for (const [port, compat] of Object.entries(COMPAT_PORTS)) await openHttp({ host: listen.host, port: Number(port) }, compat);
  return closed;
}

/** The path with the prefix of its port; one that has it already stays as it is. */
export function placed(url: string, { prefix = '', paths }: Omit<CompatPort, 'who'>): string {
  const isMeant = url.startsWith('/') && !url.startsWith(`${prefix}/`) && (paths?.test(url) ?? true);
  return prefix !== '' && isMeant ? prefix + url : url;
}
