import { type CSSProperties, type JSX, useMemo } from 'react';
import { Sparkline } from '../../charts/sparkline.tsx';
import { tileGrid } from '../../charts/tile-grid.ts';
import { useSize } from '../../charts/use-size.ts';
import { colorTone, cssColor } from '../../format/color.ts';
import { type DisplayValue, displayValue } from '../../format/field.ts';
import { reduceValues } from '../../format/reducers.ts';
import { formatUnit } from '../../format/units.ts';
import { Icon } from '../../kit/icon.tsx';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { optionText, type PanelSeries, panelSeries, reduceCalc } from '../panel-series.ts';
import styles from './stat.module.css';

/** One large number for each series. */
export const statPanel: PanelKind = { hasQueries: true, Content: StatPanel };

const MOST_TILES = 60;

interface Look {
  readonly colorMode: string;
  readonly hasGraph: boolean;
  readonly isCentered: boolean;
  readonly showsName: boolean;
  readonly showsValue: boolean;
}

function StatPanel({ panel, frames }: PanelProps): JSX.Element {
  const [box, size] = useSize<HTMLDivElement>();
  const { series } = useMemo(() => panelSeries(panel, frames, 'thresholds'), [panel, frames]);
  const calc = reduceCalc(panel);
  const tiles = series.slice(0, MOST_TILES);
  const grid = tileGrid(tiles.length, size, optionText(panel.options, 'orientation', 'auto'));
  const textMode = optionText(panel.options, 'textMode', 'auto');
  const justify = optionText(panel.options, 'justifyMode', 'auto');
  const look: Look = {
    colorMode: optionText(panel.options, 'colorMode', 'value'),
    hasGraph: optionText(panel.options, 'graphMode', 'area') === 'area' && size.height / grid.rows >= 64,
    isCentered: justify === 'center',
    showsName: textMode === 'name' || textMode === 'value_and_name' || (textMode === 'auto' && tiles.length > 1),
    showsValue: textMode !== 'name' && textMode !== 'none',
  };
  return (
    <div
      ref={box}
      className={styles.stats}
      style={{ gridTemplateColumns: `repeat(${grid.columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${grid.rows}, minmax(0, 1fr))` }}
    >
      {tiles.map((one) => (
        <Tile
          key={one.key}
          series={one}
          value={reduceValues(calc, one.values)}
          look={look}
          width={size.width / grid.columns}
          height={size.height / grid.rows}
        />
      ))}
    </div>
  );
}

function Tile({
  series,
  value,
  look,
  width,
  height,
}: {
  series: PanelSeries;
  value: number | null;
  look: Look;
  width: number;
  height: number;
}): JSX.Element {
  const shown = displayValue(series.field, value);
  const color = shown.color === undefined ? undefined : cssColor(shown.color);
  const ground = look.colorMode.startsWith('background') ? groundOf(shown) : undefined;
  const hasGraph = look.hasGraph && series.values.length > 1;
  const wordsHeight = (hasGraph ? height * 0.62 : height) - (look.showsName ? 20 : 0) - 12;
  const style = {
    ...(ground && { '--tile-ground': ground, '--tile-ink': 'var(--on-solid)' }),
    ...(!ground && look.colorMode === 'value' && color && { '--tile-ink': color }),
    '--value-size': `${valueSize(shown, width - 24, wordsHeight)}px`,
  } as CSSProperties;
  return (
    <div className={styles.tile} style={style} data-graph={hasGraph}>
      {hasGraph && (
        <div className={styles.spark}>
          <Sparkline values={series.values} color={ground ? 'var(--on-solid)' : (color ?? series.color)} min={series.field.min} />
        </div>
      )}
      <div className={styles.words} data-center={look.isCentered || (look.colorMode.startsWith('background') && !hasGraph)}>
        {look.showsName && <span className={styles.name}>{series.name}</span>}
        {look.showsValue && (
          <span className={styles.value} title={`${shown.prefix}${shown.text}${shown.suffix}`}>
            {shown.prefix && <span className={styles.affix}>{shown.prefix}</span>}
            {shown.text}
            {shown.suffix && <span className={styles.affix}>{shown.suffix}</span>}
          </span>
        )}
        <ThresholdNote shown={shown} series={series} />
      </div>
    </div>
  );
}

/** Colour alone says nothing to many readers: above a threshold the words say which. */
function ThresholdNote({ shown, series }: { shown: DisplayValue; series: PanelSeries }): JSX.Element | null {
  const tone = colorTone(shown.color);
  const from = shown.threshold?.value;
  if (shown.isMapped || from === null || from === undefined || (tone !== 'bad' && tone !== 'warn')) return null;
  return (
    <span className={styles.note}>
      <Icon name={tone === 'bad' ? 'critical' : 'warning'} size={12} />
      {`at or above ${formatUnit(series.field.unit, from)}`}
    </span>
  );
}

function groundOf(shown: DisplayValue): string | undefined {
  if (shown.color === undefined) return undefined;
  const tone = colorTone(shown.color);
  return tone === undefined ? `color-mix(in srgb, ${cssColor(shown.color)} 62%, black)` : `var(--${tone}-solid)`;
}

/** The largest size that fits, so that stats of one row look alike: 16 … 40 px. */
function valueSize({ prefix, text, suffix }: DisplayValue, width: number, height: number): number {
  const letters = text.length + 0.6 * (prefix.length + suffix.length);
  return Math.round(Math.min(40, Math.max(16, Math.min(height / 1.2, width / Math.max(1, letters * 0.58)))));
}
