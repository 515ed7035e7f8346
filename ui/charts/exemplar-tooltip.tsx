import { type JSX, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { dateTimeText } from '../format/date.ts';
import type { ExemplarPlace } from './exemplars.ts';
import styles from './time-chart.module.css';
import { placeTooltip } from './tooltip-place.ts';

/** What one observation was: value, its own labels, those of its series. */
export function ExemplarTooltip({ place }: { place: ExemplarPlace }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => placeTooltip(box.current, place));
  const { exemplar } = place;
  return createPortal(
    <div ref={box} className={styles.tooltip} role="presentation">
      <div className={styles.tooltipTime}>{dateTimeText(exemplar.timeMs)}, exemplar</div>
      <div className={styles.tooltipRow}>
        <span className={styles.tooltipName}>Value</span>
        <strong>{exemplar.valueText}</strong>
      </div>
      <Rows labels={exemplar.labels} />
      <div className={styles.tooltipRule} />
      <Rows labels={exemplar.seriesLabels} />
      {exemplar.traceId !== '' && <div className={styles.tooltipMore}>Click opens the trace</div>}
    </div>,
    document.body,
  );
}

function Rows({ labels }: { labels: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <>
      {Object.entries(labels).map(([name, value]) => (
        <div key={name} className={styles.tooltipLabel}>
          <span>{name}</span>
          <span>{value}</span>
        </div>
      ))}
    </>
  );
}
