import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import type { LogStream } from '../../model/log-entry.ts';
import { decodeLogs, decodeLogsJson } from './decode-logs.ts';

const NOW = 1_700_000_000_000_000_000n;
const shown = (streams: readonly LogStream[]) =>
  streams.map(({ labels, entries }) => ({
    labels: labels.toObject(),
    entries: entries.map(({ timestampNs, line, metadata }) => [timestampNs, line, metadata.toObject()]),
  }));

describe('log records', () => {
  it('become lines: a few attributes of the resource are labels, the rest is metadata', () => {
    const text = JSON.stringify({
      resourceLogs: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'api' } },
              { key: 'k8s.pod.name', value: { stringValue: 'api-1' } },
              { key: 'host.name', value: { stringValue: 'h1' } },
            ],
          },
          scopeLogs: [
            {
              scope: { name: 'lib', version: '2' },
              logRecords: [
                {
                  timeUnixNano: String(NOW - 5n),
                  observedTimeUnixNano: String(NOW - 4n),
                  severityNumber: 'SEVERITY_NUMBER_ERROR2',
                  severityText: 'ERROR',
                  body: { stringValue: 'it failed' },
                  traceId: 'ab'.repeat(16),
                  spanId: 'cd'.repeat(8),
                  flags: 1,
                  attributes: [
                    { key: 'http.status', value: { intValue: '500' } },
                    { key: 'user', value: { kvlistValue: { values: [{ key: 'id', value: { stringValue: 'u' } }] } } },
                    { key: '1st', value: { arrayValue: { values: [{ intValue: 1 }] } } },
                  ],
                },
                { observed_time_unix_nano: String(NOW - 3n), body: { kvlistValue: { values: [{ key: 'n', value: { intValue: 3 } }] } } },
                { body: { intValue: 7 } },
              ],
            },
          ],
        },
        { scopeLogs: [{ logRecords: [{ body: { stringValue: 'nobody' } }] }] },
      ],
    });
    const scope = { host_name: 'h1', scope_name: 'lib', scope_version: '2' };
    expect(shown(decodeLogsJson(text, NOW))).toEqual([
      {
        labels: { service_name: 'api', k8s_pod_name: 'api-1' },
        entries: [
          [
            NOW - 5n,
            'it failed',
            {
              ...scope,
              http_status: '500',
              user_id: 'u',
              key_1st: '[1]',
              severity_text: 'ERROR',
              severity_number: '18',
              trace_id: 'ab'.repeat(16),
              span_id: 'cd'.repeat(8),
              flags: '1',
              observed_timestamp: String(NOW - 4n),
            },
          ],
          [NOW - 3n, '{"n":3}', { ...scope, observed_timestamp: String(NOW - 3n) }],
          [NOW, '7', scope],
        ],
      },
      { labels: { service_name: 'unknown_service' }, entries: [[NOW, 'nobody', {}]] },
    ]);
  });

  it('are read from protobuf', async () => {
    const writer = new BinaryWriter();
    writer.uint32(0x0a).fork().uint32(0x12).fork().uint32(0x12).fork();
    writer.uint32(0x09).fixed64(NOW).uint32(0x10).int32(9).uint32(0x1a).string('INFO');
    writer.uint32(0x2a).fork().uint32(0x0a).string('hello').join();
    writer.uint32(0x32).fork().uint32(0x0a).string('a').uint32(0x12).fork().uint32(0x10).bool(true).join().join();
    writer.uint32(0x45).fixed32(1).uint32(0x4a).bytes(new Uint8Array(16).fill(1)).uint32(0x52).bytes(new Uint8Array(8));
    writer
      .uint32(0x59)
      .fixed64(NOW + 1n)
      .uint32(0x62)
      .string('event');
    writer.join().join().join();
    expect(shown(await decodeLogs(writer.finish(), 0n))).toEqual([
      {
        labels: { service_name: 'unknown_service' },
        entries: [
          [
            NOW,
            'hello',
            {
              a: 'true',
              severity_number: '9',
              severity_text: 'INFO',
              trace_id: '01'.repeat(16),
              flags: '1',
              observed_timestamp: String(NOW + 1n),
            },
          ],
        ],
      },
    ]);
  });

  it('that are wrong are refused with the place', async () => {
    expect(() => decodeLogsJson('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"x"}]}]}]}', 0n)).toThrow(
      'resourceLogs[0].scopeLogs[0].logRecords[0].traceId: want 32 hex digits, got "x"',
    );
    await expect(decodeLogs(Buffer.from('garbage'), 0n)).rejects.toBeInstanceOf(AppError);
  });

  it('of a resource with more than a line may have share what they are refused for', () => {
    const attributes = Array.from({ length: 5_000 }, (_, i) => ({ key: `a${i}`, value: { stringValue: 'x' } }));
    const text = JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [{}, {}] }] }] });
    const [stream] = decodeLogsJson(text, NOW);
    const [first, second] = stream?.entries ?? [];
    expect(first?.metadata.size).toBeGreaterThan(128);
    expect(first?.metadata.size).toBeLessThan(200);
    expect(second?.metadata).toBe(first?.metadata);
  });

  it('do not repeat a long name for each value of a map', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => ({ key: `a${i}`, value: { stringValue: 'x' } }));
    const attributes = [{ key: 'k'.repeat(100_000), value: { kvlistValue: { values } } }];
    const [stream] = decodeLogsJson(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] }), NOW);
    expect(stream?.entries[0]?.metadata.size).toBe(1);
  });
});
