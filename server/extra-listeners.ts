// Addresses besides the main one, for clients that cannot be told a URL: the same server answers on all of them.
import type { ServerConfig } from './config/config.ts';
import { formatAddress, type ListenAddress } from './http/address.ts';
import type { HttpServer } from './http/server.ts';
import { messageOf } from './model/app-error.ts';
import type { Logger } from './telemetry/logger.ts';

/** Ports by which clients know the programs that this one stands in for. */
const COMPAT_PORTS: Readonly<Record<number, string>> = {
  3000: 'Grafana',
  3100: 'Loki',
  3200: 'Tempo',
  9093: 'Alertmanager',
  16686: 'Jaeger',
};

/** Opens them; one that is taken or forbidden is a warning that says what will not arrive. */
export async function openExtraListeners(http: HttpServer, config: ServerConfig, logger: Logger): Promise<void> {
  const { listen, otlpHttp, compatPorts } = config;
  const open = async (address: ListenAddress, who: string) => {
    if (address.port !== 0 && address.port === listen.port) return;
    try {
      const { port } = await http.listen(address);
      logger.info({ address: formatAddress({ ...address, port }) }, `listening for ${who}`);
    } catch (error) {
      logger.warn(`clients of ${who} cannot use its usual port: ${messageOf(error)}`);
    }
  };
  if (otlpHttp) await open(otlpHttp, 'OTLP over HTTP');
  if (!compatPorts) return;
  for (const [port, who] of Object.entries(COMPAT_PORTS)) await open({ host: listen.host, port: Number(port) }, who);
}
