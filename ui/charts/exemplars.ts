// Exemplars on a chart: single observations as diamonds where they were in time and value; what lies off the axis stands hollow at its edge.
import type uPlot from 'uplot';
import type { Exemplar } from '../data/exemplars.ts';
import { resolvedColor } from '../format/color.ts';
import { formatUnit } from '../format/units.ts';
import { tokenValue } from '../kit/theme.ts';

/** One observation. */
export interface ChartExemplar {
  readonly key: string;
  readonly timeMs: number;
  readonly value: number;
  /** How the value is written. */
  readonly valueText: string;
  /** CSS colour, tokens allowed. */
  readonly color: string;
  /** Its own labels: trace_id and what else came with it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly seriesLabels: Readonly<Record<string, string>>;
  /** '' when it does not name a trace. */
  readonly traceId: string;
}

/** An exemplar and where it is in the window, px. */
export interface ExemplarPlace {
  readonly exemplar: ChartExemplar;
  readonly left: number;
  readonly top: number;
}

const RADIUS_PX = 4.5;
const NEAR_PX = 9;

/** Draws them over the lines. */
export function drawExemplars(u: uPlot, exemplars: readonly ChartExemplar[]): void {
  if (exemplars.length === 0) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const radius = RADIUS_PX * ratio;
  ctx.save();
  ctx.lineWidth = ratio;
  const ground = tokenValue('surface');
  for (const exemplar of exemplars) {
    const place = placeOn(u, exemplar);
    if (place === undefined) continue;
    const x = bbox.left + place.left * ratio;
    const y = bbox.top + place.top * ratio;
    const color = resolvedColor(exemplar.color);
    ctx.fillStyle = place.isOff ? ground : color;
    ctx.strokeStyle = place.isOff ? color : ground;
    ctx.beginPath();
    ctx.moveTo(x, y - radius);
    ctx.lineTo(x + radius, y);
    ctx.lineTo(x, y + radius);
    ctx.lineTo(x - radius, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

interface PlotPlace {
  readonly left: number;
  readonly top: number;
  /** The value lies off the axis. */
  readonly isOff: boolean;
}

/** Within the plot, CSS px; undefined outside the time shown. */
function placeOn(u: uPlot, { timeMs, value }: ChartExemplar): PlotPlace | undefined {
  const { min, max } = u.scales.x ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || timeMs < min || timeMs > max) return undefined;
  const top = u.valToPos(value, 'y');
  const height = u.bbox.height / devicePixelRatio;
  const inside = Math.min(height - RADIUS_PX, Math.max(RADIUS_PX, Number.isFinite(top) ? top : height));
  return { left: u.valToPos(timeMs, 'x'), top: inside, isOff: Math.abs(inside - top) > RADIUS_PX || !Number.isFinite(top) };
}

/** The exemplar under the cursor. */
export function nearestExemplar(u: uPlot, exemplars: readonly ChartExemplar[] = []): ExemplarPlace | undefined {
  const { left = -1, top = -1 } = u.cursor;
  if (left < 0 || top < 0) return undefined;
  let best: ExemplarPlace | undefined;
  let distance = NEAR_PX;
  const box = exemplars.length === 0 ? undefined : u.over.getBoundingClientRect();
  for (const exemplar of exemplars) {
    const place = placeOn(u, exemplar);
    if (place === undefined || box === undefined) continue;
    const away = Math.hypot(place.left - left, place.top - top);
    if (away < distance) [best, distance] = [{ exemplar, left: box.left + place.left, top: box.top + place.top }, away];
  }
  return best;
}

/** For a chart whose axis has this unit. Brass: they are to be clicked, and no series has that colour. */
export function chartExemplars(exemplars: readonly Exemplar[], unit: string | undefined): readonly ChartExemplar[] {
  return exemplars.map((one) => ({ ...one, color: 'var(--brass)', valueText: formatUnit(unit, one.value) }));
}
