import type { AdviceReport } from '@alidade/sdk/schema';
import type { JSX, ReactNode } from 'react';
import { Sparkline } from '../../charts/sparkline.tsx';
import { formatCount, toFixed } from '../../format/number.ts';
import { Status } from '../../kit/status.tsx';
import styles from './advice.module.css';
import { bytesText, countText, moneyText } from './amounts.ts';

/** The strip of figures on top: how many series, what they bring, what they take and cost, how they grow. */
export function Readings({ report }: { report: AdviceReport }): JSX.Element {
  const { storage, forecast } = report;
  return (
    <div className={styles.readings}>
      <Reading
        label="Series"
        value={formatCount(report.liveSeries)}
        note={`of ${formatCount(report.series)} stored; ${formatCount(report.startedSeries)} came and ${formatCount(report.endedSeries)} went in ${report.days} days`}
      />
      <Reading
        label="Growth"
        value={forecast.seriesPerDay === undefined ? '–' : `${forecast.seriesPerDay > 0 ? '+' : ''}${formatCount(forecast.seriesPerDay)}`}
        note={
          forecast.in30Days === undefined
            ? 'known after a day of samples'
            : `series a day; ${formatCount(forecast.in30Days)} in 30 days, ${formatCount(forecast.in90Days ?? 0)} in 90`
        }
        chart={<Sparkline values={forecast.points.map(({ series }) => series)} color="var(--series-1)" min={0} />}
      />
      <Reading label="Samples a day" value={formatCount(report.samplesPerDay)} note={countText(report.metricCount, 'metric')} />
      <Reading
        label="At full retention"
        value={bytesText(storage.metrics.bytes + storage.logs.bytes)}
        note={`${toFixed(storage.retentionDays, 0)} days, ${toFixed(storage.bytesPerSample, 2)} bytes a sample (${storage.isMeasured ? 'measured' : 'assumed'}); ${toFixed(storage.formula.storage_gb, 2)} GB by the formula`}
      />
      <Reading
        label="A month"
        value={moneyText(report.monthlyCost)}
        note={
          report.monthlyCost <= report.budget ? (
            <Status tone="ok">{`within ${moneyText(report.budget)}`}</Status>
          ) : (
            <Status tone="bad">{`over ${moneyText(report.budget)}`}</Status>
          )
        }
      />
    </div>
  );
}

function Reading({ label, value, note, chart }: { label: string; value: string; note: ReactNode; chart?: ReactNode }): JSX.Element {
  return (
    <div className={styles.reading}>
      <div className={styles.readingLabel}>{label}</div>
      <div className={styles.readingValue}>
        {value}
        {chart && <span className={styles.spark}>{chart}</span>}
      </div>
      <div className={styles.readingNote}>{note}</div>
    </div>
  );
}
