// Our own layers on uPlot's canvas: the graduated rule under the plot, thresholds.
import type uPlot from 'uplot';
import { resolvedColor, withOpacity } from '../format/color.ts';
import { minorParts } from './axis.ts';
import type { ThresholdLayer } from './chart-series.ts';

/** Fine graduations between the ticks of the time axis. */
export function drawMinorTicks(u: uPlot, ticks: readonly number[], color: string): void {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return;
  const step = second - first;
  let parts = minorParts(step);
  const spacePx = Math.abs(u.valToPos(second, 'x') - u.valToPos(first, 'x'));
  if (spacePx / parts < 5) parts = parts % 2 === 0 ? 2 : 1;
  if (parts < 2 || spacePx / parts < 5) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = Math.max(1, Math.round(ratio));
  ctx.beginPath();
  const top = bbox.top + bbox.height;
  for (let index = -parts; index < ticks.length * parts; index++) {
    const at = Math.round(u.valToPos(first + (index * step) / parts, 'x', true)) + 0.5;
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.moveTo(at, top);
    ctx.lineTo(at, top + 3 * ratio);
  }
  ctx.stroke();
  ctx.restore();
}

/** Areas go under the series, lines over them. */
export function drawThresholds(u: uPlot, layer: ThresholdLayer, what: 'area' | 'line', scale: string): void {
  const { ctx, bbox } = u;
  const { min, max } = u.scales[scale] ?? {};
  if (min === undefined || max === undefined || min === null || max === null) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, color } of layer.steps) {
    const resolved = resolvedColor(color);
    if (what === 'area' && layer.area && color !== 'transparent') {
      const top = u.valToPos(Math.min(to, max), scale, true);
      const bottom = u.valToPos(Math.max(from, min), scale, true);
      ctx.fillStyle = withOpacity(resolved, 0.1);
      if (bottom > top) ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    }
    if (what === 'line' && layer.line && from > min && from < max) {
      const at = Math.round(u.valToPos(from, scale, true)) + 0.5;
      ctx.strokeStyle = resolved;
      ctx.lineWidth = Math.round(devicePixelRatio);
      ctx.setLineDash(layer.dashed ? [8 * devicePixelRatio, 6 * devicePixelRatio] : []);
      ctx.beginPath();
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
      ctx.stroke();
    }
  }
  ctx.restore();
}
