// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables that way
import { describe, expect, it } from 'vitest';
import type { DatasourceConfig } from '../config/grafana.ts';
import { readDashboard } from './dashboard.ts';

const PROMETHEUS: DatasourceConfig = { uid: 'prom-1', name: 'Prometheus', type: 'prometheus', isDefault: true, timeIntervalMs: 5_000 };
const LOKI: DatasourceConfig = { uid: 'loki-1', name: 'Loki', type: 'loki', isDefault: false, timeIntervalMs: 0 };

function read(json: unknown, datasources = [PROMETHEUS, LOKI]) {
  return readDashboard(json, { datasources, uid: 'made-up', title: 'file-name' });
}
const panels = (list: unknown[]) => read({ panels: list }).dashboard.panels;
const panel = (raw: unknown) => panels([raw])[0];

describe('a dashboard', () => {
  it('gets defaults for all that is missing', () => {
    expect(read({ panels: [] }).dashboard).toEqual({
      uid: 'made-up',
      title: 'file-name',
      description: '',
      tags: [],
      refresh: '',
      time: { from: 'now-6h', to: 'now' },
      timezone: 'browser',
      graphTooltip: 0,
      schemaVersion: 0,
      panels: [],
      variables: [],
    });
  });

  it('is taken out of what wraps it', () => {
    expect(read({ dashboard: { uid: 'x', title: 'T', panels: [] } }).dashboard).toMatchObject({ uid: 'x', title: 'T' });
    const resource = { apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name: 'k8s' }, spec: { panels: [] } };
    expect(read(resource).dashboard.uid).toBe('k8s');
  });

  it.each([[{ a: 1 }], [[]], ['text'], [null], [{ apiVersion: 'dashboard.grafana.app/v2', kind: 'Dashboard', spec: { elements: {} } }]])(
    'is not %j',
    (json) => {
      expect(() => read(json)).toThrow(expect.objectContaining({ code: 'dashboards.not_a_dashboard' }));
    },
  );

  it('is refused when it would not end', () => {
    const many = Array.from({ length: 1001 }, () => ({ type: 'stat' }));
    expect(() => read({ panels: many })).toThrow('has 1001 panels; at most 1000 are shown');
  });

  it('keeps variables with their choices', () => {
    const list = [
      {
        name: 'job',
        type: 'query',
        query: { query: 'label_values(up, job)', refId: 'x' },
        multi: true,
        includeAll: true,
        current: { value: ['$__all'] },
      },
      { name: 'env', type: 'custom', query: 'prod, dev\\,eu, Test : t1', current: {} },
      { name: 'hid', type: 'constant', query: '5', hide: 2 },
      { name: '', type: 'query' },
    ];
    expect(read({ panels: [], templating: { list } }).dashboard.variables).toEqual([
      {
        name: 'job',
        type: 'query',
        label: '',
        current: ['$__all'],
        options: [],
        query: 'label_values(up, job)',
        multi: true,
        includeAll: true,
      },
      { name: 'env', type: 'custom', label: '', current: ['prod'], options: ['prod', 'dev,eu', 't1'] },
      { name: 'hid', type: 'constant', label: '', current: ['5'], options: ['5'], hidden: true },
    ]);
  });
});

describe('places', () => {
  const place = (list: readonly { gridPos: unknown }[]) => list.map(({ gridPos }) => Object.values(gridPos as object).join(' '));

  it('are found for panels that have none', () => {
    expect(place(panels([{ type: 'stat' }, { type: 'stat' }, { type: 'timeseries' }, { type: 'timeseries' }]))).toEqual([
      '0 0 6 4',
      '6 0 6 4',
      '12 0 12 8',
      '0 8 12 8',
    ]);
    const below = panels([{ type: 'stat' }, { type: 'stat', gridPos: { x: 0, y: 0, w: 24, h: 3 } }]);
    expect(place(below)).toEqual(['0 0 24 3', '0 3 6 4']);
  });

  it('stay within the grid', () => {
    expect(place(panels([{ gridPos: { x: 20, y: -3, w: 99, h: 0 } }]))).toEqual(['0 0 24 1']);
  });

  it('open collapsed rows and push what is below down', () => {
    const list = panels([
      {
        type: 'row',
        title: 'R',
        collapsed: true,
        gridPos: { x: 0, y: 0, w: 24, h: 1 },
        panels: [{ title: 'in', gridPos: { x: 0, y: 7, w: 12, h: 8 } }],
      },
      { title: 'after', gridPos: { x: 0, y: 1, w: 12, h: 8 } },
    ]);
    expect(list.map(({ title, collapsed }) => `${title} ${collapsed}`)).toEqual(['R true', 'in false', 'after false']);
    expect(place(list)).toEqual(['0 0 24 1', '0 1 12 8', '0 9 12 8']);
  });

  it('come from the spans of old rows', () => {
    const rows = [
      { title: 'A', showTitle: true, height: '380px', panels: [{ span: 6 }, { span: 6 }] },
      { title: 'B', collapse: true, panels: [{ span: 8 }, { span: 8 }] },
    ];
    expect(place(read({ rows }).dashboard.panels)).toEqual(['0 0 24 1', '0 1 12 10', '12 1 12 10', '0 11 24 1', '0 12 16 7', '0 19 16 7']);
  });
});

describe('panels', () => {
  it('get ids that are free', () => {
    expect(panels([{ id: 3 }, {}, { id: 3 }, { id: 'x' }, { id: 0 }]).map(({ id }) => id)).toEqual([3, 4, 5, 6, 7]);
  });

  it('get reference ids and the smallest step of their source', () => {
    const targets = [{ expr: 'a', refId: 'B' }, { expr: 'b' }, { expr: 'c', interval: '1m', instant: true }, { expr: ' ' }];
    expect(panel({ targets })?.targets).toEqual([
      { refId: 'B', expr: 'a', legendFormat: '', instant: false, hide: false, interval: '5s' },
      { refId: 'A', expr: 'b', legendFormat: '', instant: false, hide: false, interval: '5s' },
      { refId: 'C', expr: 'c', legendFormat: '', instant: true, hide: false, interval: '1m' },
    ]);
    expect(panel({ targets: [{ expr: 'a', exemplar: true }] })?.targets[0]?.exemplar).toBe(true);
    expect(panel({ interval: '>30s', targets: [{ expr: 'a' }] })?.targets[0]?.interval).toBe('30s');
  });

  it('tell once what was assumed', () => {
    const unknown = { datasource: { type: 'prometheus', uid: 'gone' }, targets: [{ expr: 'up' }] };
    const { dashboard, notes } = read({ panels: [unknown, unknown, { datasource: '${DS_PROM}', targets: [] }, { datasource: null }] });
    expect(notes).toEqual(['data source uid "gone" is unknown, using "Prometheus"']);
    expect(dashboard.panels[0]?.targets).toHaveLength(1);
    expect(read({ panels: [unknown] }, []).notes).toEqual(['data source uid "gone" is unknown, using the built-in Prometheus']);
  });

  it('leave out what cannot be asked, and say so', () => {
    const { dashboard, notes } = read({
      panels: [{ title: 'L', datasource: 'Loki', targets: [{ expr: '{a="b"}' }], transformations: [{ id: 'x' }], repeat: 'job' }],
    });
    expect(dashboard.panels[0]?.targets).toEqual([]);
    expect(notes).toEqual([
      'panel "L": transformations are not applied yet',
      'panel "L": is shown once and not repeated by $job',
      'panel "L": queries to data sources of type "loki" do not work yet',
    ]);
  });

  it('read thresholds and mappings in all forms', () => {
    const defaults = {
      unit: 's',
      decimals: '2',
      min: null,
      thresholds: {
        steps: [
          { color: 'red', value: null },
          { color: 'green', value: 1 },
        ],
      },
      mappings: [
        { type: 'value', options: { 0: { text: 'DOWN', color: 'red' } } },
        { type: 'range', options: { from: 1, to: null, result: { text: 'UP' } } },
        { type: 'special', options: { match: 'null', result: { text: 'none' } } },
        { id: 1, type: 1, value: '1', text: 'old' },
        { id: 2, type: 2, from: '5', to: '9', text: 'old range' },
        { op: '=', value: 'null', text: 'N/A' },
      ],
      color: { mode: 'palette-classic' },
      custom: { lineWidth: 2 },
    };
    expect(
      panel({
        fieldConfig: { defaults, overrides: [{ matcher: { id: 'byName', options: 'x' }, properties: [{ id: 'unit', value: 'ms' }] }] },
      })?.fieldConfig,
    ).toEqual({
      defaults: {
        unit: 's',
        decimals: 2,
        thresholds: {
          mode: 'absolute',
          steps: [
            { value: null, color: 'red' },
            { value: 1, color: 'green' },
          ],
        },
        mappings: [
          { type: 'value', options: { 0: { text: 'DOWN', color: 'red' } } },
          { type: 'range', options: { from: 1, to: null, result: { text: 'UP' } } },
          { type: 'special', options: { match: 'null', result: { text: 'none' } } },
          { type: 'value', options: { 1: { text: 'old' } } },
          { type: 'range', options: { from: 5, to: 9, result: { text: 'old range' } } },
          { type: 'special', options: { match: 'null', result: { text: 'N/A' } } },
        ],
        color: { mode: 'palette-classic' },
        custom: { lineWidth: 2 },
      },
      overrides: [{ matcher: { id: 'byName', options: 'x' }, properties: [{ id: 'unit', value: 'ms' }] }],
    });
  });
});

describe('old panels', () => {
  it('turn from graph into timeseries', () => {
    const graph = {
      type: 'graph',
      title: 'G',
      fill: 3,
      stack: true,
      yaxes: [{ format: 'reqps', min: '0', label: 'rate' }],
      legend: { show: true, values: true, avg: true, current: true, alignAsTable: true, rightSide: true },
      thresholds: [{ value: 5, op: 'gt', colorMode: 'critical' }],
      aliasColors: { errors: '#f00' },
      targets: [{ expr: 'x' }],
    };
    const { dashboard, notes } = read({ panels: [graph] });
    expect(notes).toEqual(['panel type "graph" is shown as "timeseries"']);
    expect(dashboard.panels[0]).toMatchObject({
      type: 'timeseries',
      title: 'G',
      fieldConfig: {
        defaults: {
          unit: 'reqps',
          min: 0,
          thresholds: {
            steps: [
              { value: null, color: 'transparent' },
              { value: 5, color: 'red' },
            ],
          },
          custom: { drawStyle: 'line', fillOpacity: 30, stacking: { mode: 'normal' }, axisLabel: 'rate' },
        },
        overrides: [{ matcher: { options: 'errors' } }],
      },
      options: { legend: { displayMode: 'table', placement: 'right', calcs: ['mean', 'lastNotNull'] } },
    });
  });

  it('turn from singlestat into stat or gauge', () => {
    const single = {
      type: 'singlestat',
      format: 'percent',
      valueName: 'avg',
      thresholds: '50, 80',
      colorBackground: true,
      sparkline: { show: true },
    };
    expect(panel(single)).toMatchObject({
      type: 'stat',
      fieldConfig: {
        defaults: { unit: 'percent', thresholds: { steps: [{ color: 'green' }, { value: 50 }, { value: 80, color: 'red' }] } },
      },
      options: { reduceOptions: { calcs: ['mean'] }, colorMode: 'background', graphMode: 'area' },
    });
    expect(panel({ ...single, gauge: { show: true, minValue: 0, maxValue: 100 } })).toMatchObject({
      type: 'gauge',
      fieldConfig: { defaults: { min: 0, max: 100 } },
    });
    expect(panel({ type: 'singlestat', valueMaps: [{ op: '=', value: '1', text: 'UP' }] })?.fieldConfig.defaults.mappings).toEqual([
      { type: 'value', options: { 1: { text: 'UP' } } },
    ]);
  });

  it('turn from the forms of Grafana 6 into those of today', () => {
    expect(panel({ type: 'text', content: '# Hi', mode: 'markdown' })?.options).toEqual({ mode: 'markdown', content: '# Hi' });
    expect(panel({ type: 'gauge', options: { fieldOptions: { calcs: ['last'], defaults: { unit: 's', max: 5 } } } })).toMatchObject({
      options: { reduceOptions: { calcs: ['last'] } },
      fieldConfig: { defaults: { unit: 's', max: 5 } },
    });
  });
});
