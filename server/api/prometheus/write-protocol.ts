import type { WriteProtocol } from '../../formats/remote-write/write-request.ts';
import { httpError } from '../../http/errors.ts';

const MEDIA_TYPE = 'application/x-protobuf';
const MESSAGES: ReadonlyMap<string, WriteProtocol> = new Map([
  ['prometheus.WriteRequest', '1.0'],
  ['io.prometheus.write.v2.Request', '2.0'],
]);

/** Which message a Content-Type names; 1.0 when it names none. Throws `http.unsupported_media_type` with Prometheus' texts. */
export function protocolOf(contentType: string): WriteProtocol {
  const type = contentType.trim();
  const [media, ...parameters] = type.split(';');
  if (type !== '' && media !== MEDIA_TYPE) throw unsupported(`expected ${MEDIA_TYPE} as the first (media) part, got ${type} content-type`);
  for (const parameter of parameters) {
    const [name, message, ...more] = parameter.trim().split('=');
    if (message === undefined || more.length > 0)
      throw unsupported(
        `as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got ${parameter} in ${type} content-type`,
      );
    if (name !== 'proto') continue;
    const protocol = MESSAGES.get(message);
    if (protocol) return protocol;
    const known = [...MESSAGES.keys()].join(', ');
    throw unsupported(`got ${type} content type; unknown remote write protobuf message ${message}, supported: ${known}`);
  }
  return '1.0';
}

/** Checks that a body is a block of snappy, which is what a missing Content-Encoding means too. */
export function checkEncoding(encoding: string): void {
  if (encoding !== '' && encoding.toLowerCase() !== 'snappy')
    throw unsupported(`${encoding} encoding (compression) is not accepted by this server; only snappy is acceptable`);
}

function unsupported(message: string) {
  return httpError('http.unsupported_media_type', message);
}
