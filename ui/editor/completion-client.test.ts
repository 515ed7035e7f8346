import { EqlRegex, EqlSingle } from '@prometheus-io/lezer-promql';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCompletionClient, selectorText } from './completion-client.ts';

const window = () => ({ fromMs: 1_000_000, toMs: 2_000_000 });
const matcher = (name: string, type: number, value: string) => ({ name, type, value, matchesEmpty: () => false });

function answerWith(answers: Readonly<Record<string, unknown>>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    const data = answers[path.split('?')[0] ?? ''];
    return data === undefined
      ? new Response('{"status":"error","errorType":"internal","error":"no"}', { status: 500 })
      : Response.json({ data });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe('createCompletionClient', () => {
  it('asks once a minute', async () => {
    const asked = answerWith({ '/api/v1/label/__name__/values': ['up'] });
    let nowMs = 0;
    const client = createCompletionClient(window, () => nowMs);
    expect(await client.metricNames()).toEqual(['up']);
    await client.metricNames();
    expect(asked).toEqual(['/api/v1/label/__name__/values?start=1000&end=2000&limit=10000']);
    nowMs = 61_000;
    await client.metricNames();
    expect(asked).toHaveLength(2);
  });

  it('answers nothing when the server fails, and asks again', async () => {
    const asked = answerWith({});
    const client = createCompletionClient(window, () => 0);
    expect(await client.labelNames('up')).toEqual([]);
    expect(await client.labelNames('up')).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('keeps one description of each metric, and leaves __name__ out of the labels', async () => {
    const help = { type: 'counter', help: 'Requests.', unit: '' };
    answerWith({ '/api/v1/metadata': { x_total: [help, { ...help, help: 'Other.' }] }, '/api/v1/labels': ['__name__', 'job'] });
    const client = createCompletionClient(window, () => 0);
    expect(await client.metricMetadata()).toEqual({ x_total: [help] });
    expect(await client.labelNames('x_total')).toEqual(['job']);
  });
});

describe('selectorText', () => {
  it('leaves out the label being completed and what is empty', () => {
    expect(selectorText('up', [matcher('job', EqlRegex, 'a.*'), matcher('instance', EqlSingle, '')], 'instance')).toBe('up{job=~"a.*"}');
    expect(selectorText(undefined, [matcher('service.name', EqlSingle, 'x')])).toBe('{"service.name"="x"}');
    expect(selectorText('up')).toBe('up');
    expect(selectorText()).toBeUndefined();
  });
});
