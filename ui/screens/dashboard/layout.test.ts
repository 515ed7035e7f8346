import type { Panel } from '@alidade/sdk/schema';
import { describe, expect, it } from 'vitest';
import { arrangePanels } from './layout.ts';
import { exemplarExprs, fillVariables, panelWish } from './panel-queries.ts';

function panel(id: number, x: number, y: number, w: number, h: number, more: Partial<Panel> = {}): Panel {
  return {
    id,
    type: 'timeseries',
    title: '',
    description: '',
    gridPos: { x, y, w, h },
    targets: [],
    fieldConfig: { defaults: { mappings: [], custom: {} }, overrides: [] },
    options: {},
    collapsed: false,
    ...more,
  };
}

const row = (id: number, y: number, collapsed = false) => panel(id, 0, y, 24, 1, { type: 'row', collapsed });
const places = (panels: readonly Panel[], toggled: readonly number[] = []) =>
  arrangePanels(panels, new Set(toggled)).map(({ panel: { id }, at }) => `${id}@${at.x},${at.y} ${at.w}×${at.h}`);

describe('arrangePanels', () => {
  it('keeps a tidy grid as it is', () => {
    expect(places([panel(1, 0, 0, 12, 8), panel(2, 12, 0, 12, 8), panel(3, 0, 8, 24, 4)])).toEqual([
      '1@0,0 12×8',
      '2@12,0 12×8',
      '3@0,8 24×4',
    ]);
  });
  it('lets panels float up over holes and parts those that overlap', () => {
    expect(places([panel(1, 0, 5, 12, 4), panel(2, 0, 6, 12, 4), panel(3, 12, 30, 12, 2)])).toEqual([
      '1@0,0 12×4',
      '2@0,4 12×4',
      '3@12,0 12×2',
    ]);
  });
  it('keeps panels inside the 24 columns', () => {
    expect(places([panel(1, 20, 0, 12, 4), panel(2, -3, 0, 30, 0)])).toEqual(['2@0,0 24×1', '1@12,1 12×4']);
  });
  it('stacks rows with their panels and folds them', () => {
    const panels = [row(1, 0), panel(2, 0, 1, 12, 8), row(3, 9), panel(4, 0, 10, 24, 4)];
    expect(places(panels)).toEqual(['1@0,0 24×1', '2@0,1 12×8', '3@0,9 24×1', '4@0,10 24×4']);
    expect(places(panels, [1])).toEqual(['1@0,0 24×1', '3@0,1 24×1', '4@0,2 24×4']);
  });
  it('keeps panels of a folded row with it, whatever their position in the file says', () => {
    const panels = [row(1, 0, true), panel(2, 0, 1, 24, 8), row(3, 1), panel(4, 0, 2, 24, 4)];
    expect(places(panels)).toEqual(['1@0,0 24×1', '3@0,1 24×1', '4@0,2 24×4']);
    expect(places(panels, [1])).toEqual(['1@0,0 24×1', '2@0,1 24×8', '3@0,9 24×1', '4@0,10 24×4']);
    expect(arrangePanels(panels, new Set())[0]?.row).toEqual({ panels: 1, isCollapsed: true });
  });
});

describe('panelWish', () => {
  const target = (refId: string, more = {}) => ({
    refId,
    expr: 'up',
    legendFormat: '',
    instant: false,
    hide: false,
    interval: '',
    ...more,
  });

  it('asks for about one point a pixel, the same one for small changes of width', () => {
    const one = panel(1, 0, 0, 12, 8, { targets: [target('A')] });
    expect(panelWish(one, 640)).toEqual(panelWish(one, 612));
    expect(panelWish(one, 640).maxDataPoints).toBe(600);
    expect(panelWish(one, 10).maxDataPoints).toBe(100);
  });
  it('leaves out hidden and empty targets, and types without queries', () => {
    const targets = [
      target('A', { instant: true }),
      target('B', { hide: true }),
      target('C', { expr: ' ' }),
      target('D', { interval: '5s' }),
    ];
    expect(panelWish(panel(1, 0, 0, 12, 8, { targets }), 500).queries).toEqual([
      { refId: 'A', expr: 'up', kind: 'instant', legendFormat: '' },
      { refId: 'D', expr: 'up', kind: 'range', legendFormat: '', minStep: '5s' },
    ]);
    expect(panelWish(panel(1, 0, 0, 12, 8, { type: 'text', targets }), 500).queries).toEqual([]);
  });
});

describe('fillVariables', () => {
  const values = { job: ['api'], instance: ['a:1', 'b:2'], all: ['$__all'] };
  it('fills in what is known and leaves the rest', () => {
    expect(fillVariables('$job \u0024{instance} [[all]] $__rate_interval $nope', values, '|')).toBe(
      'api (a:1|b:2) .+ $__rate_interval $nope',
    );
    expect(fillVariables('Traffic of $instance', values, ' + ')).toBe('Traffic of a:1 + b:2');
  });
});

describe('exemplarExprs', () => {
  it('asks for those that want exemplars, with variables and windows filled in', () => {
    const target = {
      refId: 'A',
      expr: 'rate(x{job=~"$job"}[$__rate_interval])',
      legendFormat: '',
      instant: false,
      hide: false,
      interval: '',
    };
    const targets = [
      { ...target, exemplar: true },
      target,
      { ...target, exemplar: true, hide: true },
      { ...target, exemplar: true, instant: true },
    ];
    expect(exemplarExprs(panel(1, 0, 0, 1, 1, { targets }), { job: ['a', 'b'] })).toEqual(['rate(x{job=~"(a|b)"}[5m])']);
  });
});
