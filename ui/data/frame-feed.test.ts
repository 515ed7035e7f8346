import type { FrameLine, FramesRequest } from '@alidade/sdk/schema';
import { describe, expect, it } from 'vitest';
import { FrameFeed } from './frame-feed.ts';
import { decodeFrame, type Frame } from './frames.ts';

const query = (refId: string) => ({ refId, expr: `up{x="${refId}"}`, kind: 'range' as const, legendFormat: '' });

function line(panel: string, refId: string): Frame {
  const raw: FrameLine = { panel, refId, startMs: 0, stepMs: 1, steps: 1, series: [], warnings: [], elapsedMs: 1 };
  return decodeFrame(raw);
}

/** A sender whose requests are answered by hand. */
function manualSender() {
  const sent: { body: FramesRequest; frame: (frame: Frame) => void; end: (error?: Error) => void; signal: AbortSignal }[] = [];
  const send = (body: FramesRequest, frame: (frame: Frame) => void, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      sent.push({ body, frame, signal, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { sent, send };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const question = (fromMs: number, toMs: number) => ({ range: { fromMs, toMs }, variables: {} });

describe('FrameFeed', () => {
  it('asks for all panels in sight in one request and shows a panel when all its queries have answered', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    feed.ask(question(0, 100));
    feed.want('1', { queries: [query('A'), query('B')], maxDataPoints: 10 });
    feed.want('2', { queries: [query('A')], maxDataPoints: 20 });
    await settle();
    expect(sent.map(({ body }) => body.panels.map(({ id }) => id))).toEqual([['1', '2']]);
    sent[0]?.frame(line('1', 'B'));
    expect(feed.get('1')).toMatchObject({ frames: [], isLoading: true });
    sent[0]?.frame(line('1', 'A'));
    expect(feed.get('1').frames.map(({ refId }) => refId)).toEqual(['A', 'B']);
    expect(feed.get('1').isLoading).toBe(false);
    expect(feed.get('2').isLoading).toBe(true);
  });

  it('leaves panels out of sight alone and asks when they come into sight', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    feed.want('1', undefined);
    feed.ask(question(0, 100));
    await settle();
    expect(sent).toHaveLength(0);
    feed.want('1', { queries: [query('A')], maxDataPoints: 10 });
    await settle();
    expect(sent).toHaveLength(1);
  });

  it('lets a slow request finish when a refresh comes, then asks again', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    feed.want('1', { queries: [query('A')], maxDataPoints: 10 });
    feed.ask(question(0, 100));
    await settle();
    feed.ask(question(5, 105));
    await settle();
    expect(sent).toHaveLength(1);
    sent[0]?.frame(line('1', 'A'));
    sent[0]?.end();
    await settle();
    expect(sent.map(({ body }) => body.fromMs)).toEqual([0, 5]);
  });

  it('asks only for the tail on a refresh, and for everything when variables change or the tail does not fit', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    const span = (ahead: number) => ({ range: { fromMs: ahead * 1_000, toMs: 3_600_000 + ahead * 1_000 }, variables: {} });
    const steps = (startMs: number, count: number): Frame => {
      const values = Array.from({ length: count }, (_, step) => startMs + step * 1_000);
      return { ...line('1', 'A'), startMs, stepMs: 1_000, steps: count, series: [{ name: 'a', labels: {}, values }] };
    };
    const answer = async (index: number, frame: Frame) => {
      sent[index]?.frame(frame);
      sent[index]?.end();
      await settle();
    };
    feed.want('1', { queries: [query('A')], maxDataPoints: 10 });
    feed.ask(span(0));
    await settle();
    await answer(0, steps(0, 3_601));
    feed.ask(span(30));
    await settle();
    const sinceMs = sent[1]?.body.panels[0]?.sinceMs ?? Number.NaN;
    expect(sinceMs).toBe(3_480_000);
    await answer(1, steps(sinceMs, 151));
    expect(feed.get('1').frames[0]).toMatchObject({ startMs: 30_000, steps: 3_601 });
    expect(feed.get('1').frames[0]?.series[0]?.values.every((value, step) => value === 30_000 + step * 1_000)).toBe(true);

    feed.ask(span(60));
    await settle();
    await answer(2, { ...steps(3_500_000, 161), stepMs: 500 });
    expect(sent[3]?.body.panels[0]).not.toHaveProperty('sinceMs');
    await answer(3, steps(60_000, 3_601));
    expect(feed.get('1')).toMatchObject({ isLoading: false, error: undefined });

    feed.ask({ ...span(90), variables: { job: 'x' } });
    await settle();
    expect(sent[4]?.body.panels[0]).not.toHaveProperty('sinceMs');
    feed.ask({ ...span(95), variables: { job: 'y' } });
    await settle();
    expect(sent[4]?.signal.aborted).toBe(true);
    expect(sent[5]?.body.panels[0]).not.toHaveProperty('sinceMs');
  });

  it('aborts what is under way when the span changes', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    feed.want('1', { queries: [query('A')], maxDataPoints: 10 });
    feed.ask(question(0, 100));
    await settle();
    feed.ask(question(0, 5_000));
    await settle();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(sent).toHaveLength(2);
    expect(feed.get('1').error).toBeUndefined();
  });

  it('keeps the last good data under an error, and says so when an answer ends early', async () => {
    const { sent, send } = manualSender();
    const feed = new FrameFeed(send);
    feed.want('1', { queries: [query('A')], maxDataPoints: 10 });
    feed.ask(question(0, 100));
    await settle();
    sent[0]?.frame(line('1', 'A'));
    sent[0]?.end();
    await settle();
    feed.ask(question(5, 105));
    await settle();
    sent[1]?.end(new Error('unreachable'));
    await settle();
    expect(feed.get('1')).toMatchObject({ error: 'unreachable', isLoading: false });
    expect(feed.get('1').frames).toHaveLength(1);
    feed.ask(question(10, 110));
    await settle();
    sent[2]?.end();
    await settle();
    expect(feed.get('1').error).toMatch(/ended before/);
  });
});
