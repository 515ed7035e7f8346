// Which exposition format an Accept header asks for, as Prometheus' own endpoints understand it.
import type { NameEscaping } from '../../formats/exposition/escape-name.ts';

/** A format in which samples are exposed. */
export interface ExpositionFormat {
  readonly encoding: 'text' | 'protobuf';
  readonly escaping: NameEscaping;
  /** For the answer's header. */
  readonly contentType: string;
}

const SCHEMES: readonly NameEscaping[] = ['allow-utf-8', 'underscores', 'dots', 'values'];
const PROTOBUF = 'application/vnd.google.protobuf';
const MESSAGE = 'io.prometheus.client.MetricFamily';

interface AcceptedType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** The first of the accepted types, the weightiest first, that is text or delimited protobuf; text when there is none. */
export function negotiateExposition(accept: string): ExpositionFormat {
  let escaping: NameEscaping = 'underscores';
  for (const { type, parameters } of acceptedTypes(accept)) {
    // A type that is not taken has its say in the escaping all the same, as upstream.
    escaping = SCHEMES.find((scheme) => scheme === parameters.get('escaping')) ?? escaping;
    const version = parameters.get('version') ?? '';
    if (type === PROTOBUF && parameters.get('proto') === MESSAGE && parameters.get('encoding') === 'delimited')
      return { encoding: 'protobuf', escaping, contentType: `${PROTOBUF}; proto=${MESSAGE}; encoding=delimited; escaping=${escaping}` };
    if (type === 'text/plain' && (version === '' || version === '0.0.4')) break;
  }
  return { encoding: 'text', escaping, contentType: `text/plain; version=0.0.4; charset=utf-8; escaping=${escaping}` };
}

function acceptedTypes(accept: string): AcceptedType[] {
  const types = accept.split(',').map((part): AcceptedType => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(rest.map((piece) => [piece.split('=')[0]?.trim() ?? '', piece.slice(piece.indexOf('=') + 1).trim()]));
    const weight = Number(parameters.get('q') ?? 1);
    return { type: type.toLowerCase(), parameters, weight: Number.isFinite(weight) ? weight : 1 };
  });
  return types.sort((a, b) => b.weight - a.weight);
}
