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

interface DrawnPaths {
  readonly stroke?: Path2D | Map<string, Path2D> | null;
  readonly clip?: Path2D | null;
}

/** Strokes the lines once more over everybody's areas: where areas overlap, each line keeps its own colour. */
export function drawLinesOver(u: uPlot, isWanted: (index: number) => boolean): void {
  const { ctx, bbox } = u;
  u.series.forEach((series, index) => {
    // uPlot keeps the built paths on the series; its types leave that out.
    const paths = (series as uPlot.Series & { _paths?: DrawnPaths | null })._paths;
    if (index === 0 || !series.show || !isWanted(index) || !(paths?.stroke instanceof Path2D)) return;
    const width = Math.round((series.width ?? 1) * devicePixelRatio * 1000) / 1000;
    const color = typeof series.stroke === 'function' ? series.stroke(u, index) : series.stroke;
    ctx.save();
    ctx.globalAlpha = series.alpha ?? 1;
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - width, bbox.width, bbox.height + 2 * width);
    ctx.clip();
    ctx.translate((width % 2) / 2, (width % 2) / 2);
    if (paths.clip) ctx.clip(paths.clip);
    ctx.strokeStyle = color ?? '';
    ctx.lineWidth = width;
    ctx.lineJoin = 'round';
    ctx.setLineDash((series.dash ?? []).map((part) => part * devicePixelRatio));
    ctx.stroke(paths.stroke);
    ctx.restore();
  });
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
