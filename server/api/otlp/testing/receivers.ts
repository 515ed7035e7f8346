// The receivers behind OTLP for tests.
import { DEFAULT_OTLP } from '../../../config/otlp-section.ts';
import { systemClock } from '../../../model/clock.ts';
import { createLogReceiver } from '../../../receive/logs.ts';
import { createMetricReceiver } from '../../../receive/otlp-metrics.ts';
import { RemoteMetadataCache } from '../../../receive/remote-metadata.ts';
import { createSpanReceiver } from '../../../receive/spans.ts';
import type { Store } from '../../../storage/store.ts';
import type { OtlpReceivers } from '../exports.ts';

/** Real receivers with small limits: spans of 10,000 bytes, lines of 1,000, one stream of deltas. */
export function testReceivers(store: Store): OtlpReceivers {
  const limits = { maxSpanBytes: 10_000, maxLineBytes: 1_000, maxDeltaStreams: 1 };
  const common = { clock: systemClock, limits, retentionMs: 0 };
  return {
    spans: createSpanReceiver({ ...common, store: store.traces }),
    logs: { receiver: createLogReceiver({ ...common, store: store.logs }), clock: systemClock },
    metrics: createMetricReceiver({
      ...common,
      store: store.metrics,
      exemplars: store.exemplars,
      settings: () => DEFAULT_OTLP,
      metadata: new RemoteMetadataCache(),
      outOfOrderMs: () => 0,
      lookbackMs: 300_000,
    }),
  };
}
