// What a real Prometheus says of itself, in protobuf and as text: the same families, and native histograms among them.
import { expect, it } from 'vitest';
import { ProtobufParser } from '../server/formats/exposition-protobuf/parse.ts';
import { findPrometheus, startPrometheus } from './peers/prometheus.ts';

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const binary = findPrometheus();

it.skipIf(!binary)(
  'reads all that Prometheus says of itself (skipped without .cache/peers/prometheus-3)',
  { timeout: 60_000 },
  async () => {
    const peer = await startPrometheus(binary as string);
    try {
      // Its second page has seen the first.
      await fetch(`${peer.url}/metrics`).then((answer) => answer.arrayBuffer());
      const answer = await fetch(`${peer.url}/metrics`, { headers: { accept: PROTOBUF } });
      const parser = new ProtobufParser(new Uint8Array(await answer.arrayBuffer()), { native: true, classicBesideNative: false });
      const families = new Set<string>();
      let histograms = 0;
      for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
        if (entry === 'type') families.add(parser.familyName());
        if (entry === 'histogram') histograms++;
      }
      const text = await fetch(`${peer.url}/metrics`).then((page) => page.text());
      expect([...families].sort()).toEqual([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string).sort());
      expect(families.size).toBeGreaterThan(100);
      expect(histograms).toBeGreaterThan(0);
    } finally {
      await peer.close();
    }
  },
);
