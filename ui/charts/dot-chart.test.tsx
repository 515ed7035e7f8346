import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DotChart } from './dot-chart.tsx';

// happy-dom lays nothing out: the chart gets a size.
beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: ResizeObserverCallback;
      constructor(tell: ResizeObserverCallback) {
        this.#tell = tell;
      }
      observe(target: Element): void {
        const entry = { target, contentRect: { width: 600, height: 200 } } as unknown as ResizeObserverEntry;
        this.#tell([entry], this as unknown as ResizeObserver);
      }
      disconnect(): void {
        // nothing is kept
      }
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const dots = [
  { key: 'late', timeMs: 900, value: 5, isBad: true },
  { key: 'early', timeMs: 100, value: 50, isBad: false },
  { key: 'outside', timeMs: 5_000, value: 1, isBad: false },
];

function show() {
  const onOpen = vi.fn();
  const onZoom = vi.fn();
  const range = { fromMs: 0, toMs: 1_000 };
  render(
    <DotChart
      label="Dots"
      dots={dots}
      range={range}
      scale="linear"
      color="red"
      formatValue={String}
      tooltip={({ key }) => `dot ${key}`}
      onOpen={onOpen}
      onZoom={onZoom}
    />,
  );
  return { chart: screen.getByRole('img', { name: 'Dots' }), onOpen, onZoom };
}

it('draws what is in the range, failed dots in another shape', () => {
  const { chart } = show();
  expect(chart.querySelectorAll('circle')).toHaveLength(1);
  expect(chart.querySelectorAll('path')).toHaveLength(1);
});

it('is walked with the arrow keys, in the order of time', () => {
  const { chart, onOpen } = show();
  fireEvent.keyDown(chart, { key: 'ArrowRight' });
  screen.getByText('dot early');
  fireEvent.keyDown(chart, { key: 'ArrowRight' });
  fireEvent.keyDown(chart, { key: 'ArrowRight' });
  screen.getByText('dot late');
  fireEvent.keyDown(chart, { key: 'Enter' });
  expect(onOpen.mock.calls[0]?.[0]).toMatchObject({ key: 'late' });
  fireEvent.keyDown(chart, { key: 'Escape' });
  expect(screen.queryByText('dot late')).toBeNull();
});

it('opens the dot that is clicked, and zooms into what is dragged across', () => {
  const { chart, onOpen, onZoom } = show();
  chart.setPointerCapture = () => undefined;
  const circle = chart.querySelector('circle');
  const at = { clientX: Number(circle?.getAttribute('cx')) + 3, clientY: Number(circle?.getAttribute('cy')) - 2, button: 0 };
  fireEvent.pointerDown(chart, at);
  fireEvent.pointerUp(chart, at);
  expect(onOpen.mock.calls[0]?.[0]).toMatchObject({ key: 'early' });
  fireEvent.pointerDown(chart, { clientX: 60, clientY: 50, button: 0 });
  fireEvent.pointerMove(chart, { clientX: 324, clientY: 50 });
  fireEvent.pointerUp(chart, { clientX: 324, clientY: 50 });
  expect(onZoom).toHaveBeenCalledWith({ fromMs: 0, toMs: 500 });
});
