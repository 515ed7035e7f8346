import type { Panel } from '@alidade/sdk/schema';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../charts/gauge.tsx';
import { tileGrid } from '../charts/tile-grid.ts';
import { decodeFrame } from '../data/frames.ts';
import type { RuleGroup } from '../data/prometheus.ts';
import { alertListOptions, alertRows } from './alertlist/alert-list-options.ts';
import { dialEnds } from './gauge/gauge.tsx';
import { panelSeries } from './panel-series.ts';
import { panelKind } from './registry.ts';
import { parseBlocks, safeLink } from './text/markdown.tsx';
import { seriesStyle } from './timeseries/series-style.ts';

function panel(type: string, more: Partial<Panel> = {}): Panel {
  return {
    id: 1,
    type,
    title: '',
    description: '',
    gridPos: { x: 0, y: 0, w: 12, h: 8 },
    targets: [],
    fieldConfig: { defaults: { mappings: [], custom: {} }, overrides: [] },
    options: {},
    collapsed: false,
    ...more,
  };
}

describe('panelSeries', () => {
  const frame = decodeFrame({
    panel: '1',
    refId: 'A',
    startMs: 0,
    stepMs: 1,
    steps: 1,
    series: [
      { name: 'v1', labels: { version: 'v1' }, values: [1] },
      { name: 'v2', labels: { version: 'v2' }, values: [9] },
    ],
    warnings: [],
    elapsedMs: 0,
  });
  it('gives out colours in order, or by threshold', () => {
    const thresholds = {
      mode: 'absolute' as const,
      steps: [
        { value: null, color: 'green' },
        { value: 5, color: 'red' },
      ],
    };
    const config = { defaults: { mappings: [], custom: {}, thresholds }, overrides: [] };
    expect(panelSeries(panel('timeseries', { fieldConfig: config }), [frame]).series.map(({ color }) => color)).toEqual([
      'var(--series-1)',
      'var(--series-2)',
    ]);
    expect(panelSeries(panel('stat', { fieldConfig: config }), [frame], 'thresholds').series.map(({ color }) => color)).toEqual([
      'var(--named-green)',
      'var(--named-red)',
    ]);
  });
  it('makes display names from labels', () => {
    const defaults = { mappings: [], custom: {}, displayName: 'Model \u0024{__field.labels.version}' };
    expect(panelSeries(panel('stat', { fieldConfig: { defaults, overrides: [] } }), [frame]).series.map(({ name }) => name)).toEqual([
      'Model v1',
      'Model v2',
    ]);
  });
});

describe('panel types', () => {
  it('knows its own and is honest about others', () => {
    expect(panelKind('stat')).not.toBe(panelKind('heatmap'));
    expect(panelKind('heatmap')).toBe(panelKind('constructor'));
  });
  it('reads Grafana’s line options with their defaults', () => {
    expect(seriesStyle({})).toMatchObject({ draw: 'line', lineWidth: 1, fillOpacity: 0, points: 'auto', spanNulls: false });
    expect(
      seriesStyle({ drawStyle: 'bars', stacking: { mode: 'normal' }, lineStyle: { fill: 'dash' }, spanNulls: 60_000, drawSize: 'x' }),
    ).toMatchObject({
      draw: 'bars',
      stack: { mode: 'normal', group: 'A' },
      dash: [10, 6],
      spanNulls: 60_000,
    });
    expect(seriesStyle({ drawStyle: 7, axisPlacement: 'sideways' })).toMatchObject({ draw: 'line', axis: 'left' });
  });
  it('lays stats out as near to wide tiles as it can', () => {
    expect(tileGrid(1, { width: 400, height: 100 }, 'auto')).toEqual({ columns: 1, rows: 1 });
    expect(tileGrid(6, { width: 600, height: 220 }, 'auto')).toEqual({ columns: 3, rows: 2 });
    expect(tileGrid(3, { width: 600, height: 220 }, 'horizontal')).toEqual({ columns: 1, rows: 3 });
  });
});

describe('gauges', () => {
  it('has ends that suit the unit, and clips to them', () => {
    const field = { mappings: [], custom: {} };
    expect(dialEnds(field)).toEqual({ min: 0, max: 100 });
    expect(dialEnds({ ...field, unit: 'percentunit' })).toEqual({ min: 0, max: 1 });
    expect(dialEnds({ ...field, min: -5, max: 5 })).toEqual({ min: -5, max: 5 });
    expect([shareOf(-9, 0, 10), shareOf(5, 0, 10), shareOf(99, 0, 10), shareOf(Number.NaN, 0, 10), shareOf(1, 3, 3)]).toEqual([
      0, 0.5, 1, 0, 0,
    ]);
    expect(shareOf(Number.NEGATIVE_INFINITY, 0, 10)).toBe(0);
  });
});

describe('the alert list', () => {
  const alert = (name: string, state: 'firing' | 'pending', activeAt: string) => ({
    labels: { alertname: name, job: 'api' },
    annotations: { summary: `${name}!` },
    state,
    activeAt,
    value: '1',
  });
  const rule = (name: string, alerts: ReturnType<typeof alert>[], health: 'ok' | 'err' = 'ok') => ({
    type: 'alerting' as const,
    name,
    query: 'up == 0',
    health,
    evaluationTime: 0,
    lastEvaluation: '',
    state: alerts[0]?.state ?? ('inactive' as const),
    duration: 0,
    keepFiringFor: 0,
    annotations: {},
    alerts,
  });
  const groups: RuleGroup[] = [
    {
      name: 'g',
      file: 'f',
      interval: 15,
      evaluationTime: 0,
      lastEvaluation: '',
      rules: [
        rule('Slow', [alert('Slow', 'pending', '2026-01-01T00:00:10Z')]),
        rule('Down', [alert('Down', 'firing', '2026-01-01T00:00:00Z'), alert('Down', 'firing', '2026-01-01T00:01:00Z')]),
        rule('Fine', []),
        rule('Broken', [], 'err'),
      ],
    },
  ];
  const names = (options: Record<string, unknown>) =>
    alertRows(groups, alertListOptions(panel('alertlist', { options }))).rows.map(({ name }) => name);

  it('shows pending and firing alerts by name unless told otherwise', () => {
    expect(names({})).toEqual(['Broken', 'Down', 'Down', 'Slow']);
    expect(names({ stateFilter: { firing: true, pending: false, error: false } })).toEqual(['Down', 'Down']);
    expect(names({ stateFilter: { normal: true, firing: false, pending: false, error: false } })).toEqual(['Fine']);
  });
  it('orders and cuts as told', () => {
    expect(names({ sortOrder: 3 })[0]).toBe('Down');
    expect(names({ sortOrder: 2 })[0]).toBe('Slow');
    const { rows, more } = alertRows(groups, alertListOptions(panel('alertlist', { options: { maxItems: 1 } })));
    expect([rows.length, more]).toEqual([1, 3]);
    expect(names({ alertInstanceLabelFilter: '{job="other"}' })).toEqual([]);
  });
});

describe('text', () => {
  it('reads Markdown blocks', () => {
    expect(parseBlocks('# Title\n\ntwo\nlines\n\n- a\n- b\n\n1. x\n\n```sh\nls # no heading\n```\n> quoted\n---')).toEqual([
      { kind: 'heading', level: 1, text: 'Title' },
      { kind: 'paragraph', text: 'two\nlines' },
      { kind: 'list', ordered: false, items: ['a', 'b'] },
      { kind: 'list', ordered: true, items: ['x'] },
      { kind: 'code', text: 'ls # no heading' },
      { kind: 'quote', text: 'quoted' },
      { kind: 'rule' },
    ]);
  });
  it('reads odd texts without end', () => {
    for (const text of ['', '#', '#x', '>', '- ', '```', '  - x\ny', '\t', '***', '####### seven'])
      expect(() => parseBlocks(text)).not.toThrow();
  });
  it('follows no script addresses', () => {
    expect(safeLink('javascript:alert(1)')).toBeUndefined();
    expect(safeLink('//evil.example')).toBeUndefined();
    expect(safeLink('data:text/html,x')).toBeUndefined();
    expect(safeLink('/d/abc')).toBe('/d/abc');
    expect(safeLink('https://example.com')).toBe('https://example.com');
  });
});
