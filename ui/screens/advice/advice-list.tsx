import type { Advice, AdviceReport } from '@alidade/sdk/schema';
import { type JSX, useId } from 'react';
import { formatCount } from '../../format/number.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/states.tsx';
import { Status, type Tone } from '../../kit/status.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import styles from './advice.module.css';
import { bytesText, countText, moneyText } from './amounts.ts';
import { Proof } from './proof.tsx';

const RISKS: Readonly<Record<Advice['risk'], { tone: Tone; word: string }>> = {
  low: { tone: 'ok', word: 'Low risk' },
  medium: { tone: 'warn', word: 'Some risk' },
  high: { tone: 'bad', word: 'High risk' },
};

/** What to do, what saves the most first; one is open at a time. */
export function AdviceList({
  report,
  days,
  open,
  onOpen,
}: {
  report: AdviceReport;
  days: number;
  open: string;
  onOpen: (id: string) => void;
}): JSX.Element {
  if (report.advice.length === 0) {
    return (
      <EmptyState title="There is nothing to advise">
        Every metric is read by a dashboard, a rule or a query of the last {report.days} days, and no label explodes.
      </EmptyState>
    );
  }
  return (
    <ul className={styles.list} aria-label="Advice">
      {report.advice.map((advice) => (
        <Row
          key={advice.id}
          advice={advice}
          report={report}
          days={days}
          isOpen={advice.id === open}
          onToggle={() => onOpen(advice.id === open ? '' : advice.id)}
        />
      ))}
      {report.adviceLeftOut > 0 && <li className={styles.more}>and {formatCount(report.adviceLeftOut)} more that save less</li>}
    </ul>
  );
}

function Row({
  advice,
  report,
  days,
  isOpen,
  onToggle,
}: {
  advice: Advice;
  report: AdviceReport;
  days: number;
  isOpen: boolean;
  onToggle: () => void;
}): JSX.Element {
  const { saves, risk, title, reason } = advice;
  const detailsId = useId();
  const { tone, word } = RISKS[risk];
  return (
    <li className={styles.item} data-open={isOpen}>
      <div className={styles.row}>
        <IconButton
          small
          icon={isOpen ? 'chevron-down' : 'chevron-right'}
          label={isOpen ? 'Hide details' : 'Details and proof'}
          aria-expanded={isOpen}
          aria-controls={detailsId}
          onClick={onToggle}
        />
        <div className={styles.what}>
          <button type="button" className={styles.title} onClick={onToggle}>
            {title}
          </button>
          <span className={styles.reason}>{reason}</span>
        </div>
        <Status tone={tone}>{word}</Status>
        <span className={styles.amount}>
          {saves.series > 0 ? `−${formatCount(saves.series)}` : '0'}
          <span className={styles.under}>{advice.kind === 'stream-label' ? 'streams' : 'series'}</span>
        </span>
        <span className={styles.amount}>
          {saves.bytes === 0 ? '0' : `${saves.bytes > 0 ? '−' : '+'}${bytesText(Math.abs(saves.bytes))}`}
          <span className={styles.under}>
            {saves.monthlyCost >= 0 ? moneyText(saves.monthlyCost) : `${moneyText(-saves.monthlyCost)} more`} a month
          </span>
        </span>
      </div>
      {isOpen && (
        <div className={styles.details} id={detailsId}>
          <Proof id={advice.id} days={days} atMs={report.atMs} />
          <Risks advice={advice} />
          <Cure advice={advice} />
        </div>
      )}
    </li>
  );
}

function Risks({ advice: { risks, metrics, metricCount } }: { advice: Advice }): JSX.Element {
  return (
    <>
      {risks.length > 0 && (
        <section>
          <h3 className={styles.heading}>Before you do it</h3>
          <ul className={styles.plain}>
            {risks.map((risk) => (
              <li key={risk}>{risk}</li>
            ))}
          </ul>
        </section>
      )}
      {metricCount > 1 && (
        <section>
          <h3 className={styles.heading}>{countText(metricCount, 'metric')}</h3>
          <p className={styles.names}>
            {metrics.join(', ')}
            {metricCount > metrics.length && ` and ${formatCount(metricCount - metrics.length)} more`}
          </p>
        </section>
      )}
    </>
  );
}

function Cure({ advice: { id, yaml, isApplicable } }: { advice: Advice }): JSX.Element {
  const copy = useCopy();
  const command = `alidade advise --apply ${/[^\w:.-]/.test(id) ? `'${id}'` : id}`;
  return (
    <section>
      <h3 className={styles.heading}>
        What does it
        <Button small look="quiet" icon="copy" onClick={() => copy(yaml, 'YAML')}>
          Copy
        </Button>
      </h3>
      <pre className={styles.yaml}>{yaml}</pre>
      {isApplicable && (
        <p className={styles.command}>
          <code>{command}</code>
          <Button small look="quiet" icon="copy" onClick={() => copy(command, 'Command')}>
            Copy
          </Button>
          <span>
            writes it beside prometheus.yml for all jobs; <code>alidade advise --revert</code> takes it back.
          </span>
        </p>
      )}
    </section>
  );
}
