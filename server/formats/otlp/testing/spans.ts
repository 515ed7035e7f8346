import fc from 'fast-check';
import { type Attributes, type AttributeValue, SPAN_KINDS, type Span } from '../../../model/span.ts';
import { serviceOf } from '../attribute-map.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const timeNs = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

function hex(digits: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => (bytes.some((byte) => byte !== 0) ? Buffer.from(bytes).toString('hex') : ''));
}

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.boolean(),
    int64,
    // JSON.stringify knows no minus zero.
    fc.double().filter((double) => !Object.is(double, -0)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}));

const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.oneof(text, fc.constant('__proto__')), value, {
  maxKeys: 5,
  noNullPrototype: true,
});

const resource: fc.Arbitrary<Attributes> = fc
  .tuple(attributes, fc.option(fc.constantFrom<AttributeValue>('api', 'scorer', 7n)))
  .map(([others, service]) => (service === null ? others : { ...others, 'service.name': service }));

/** Any span that the model can hold. */
export const anySpan: fc.Arbitrary<Span> = fc
  .record({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: fc.oneof(fc.constant(''), hex(16)),
    name: text,
    kind: fc.constantFrom(...SPAN_KINDS),
    startNs: timeNs,
    endNs: timeNs,
    status: fc.constantFrom('unset', 'ok', 'error'),
    statusMessage: text,
    resource,
    scopeName: text,
    scopeVersion: text,
    attributes,
    events: fc.array(fc.record({ timeNs, name: text, attributes }), { maxLength: 2 }),
    links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), attributes }), { maxLength: 2 }),
  })
  .map((span) => ({ ...span, service: serviceOf({ ...span.resource }) }));

/** A span with everything at its simplest, and what `fields` says. */
export function testSpan(fields: Partial<Span> = {}): Span {
  const resource = fields.resource ?? { 'service.name': fields.service ?? 'api' };
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    name: 'GET /',
    kind: 'server',
    startNs: 1_700_000_000_000_000_000n,
    endNs: 1_700_000_000_250_000_000n,
    status: 'unset',
    statusMessage: '',
    service: serviceOf({ ...resource }),
    scopeName: '',
    scopeVersion: '',
    attributes: {},
    events: [],
    links: [],
    ...fields,
    resource,
  };
}
