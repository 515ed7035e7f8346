import { type JSX, useId } from 'react';
import type { TargetStatus } from '../../data/prometheus.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatAgo, formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { IconButton } from '../../kit/button.tsx';
import { Labels } from '../../kit/labels.tsx';
import { healthTone, Status } from '../../kit/status.tsx';
import { cureFor } from './scrape-cure.ts';
import { endpointText, timeOf } from './target-pools.ts';
import styles from './target-table.module.css';
import type { MeasuredRow } from './target-table.tsx';

/** One target; what went wrong stands under its endpoint, its discovered labels open below. */
export function TargetRow({
  target,
  samples,
  nowMs,
  isOpen,
  onToggle,
  rowProps,
}: {
  target: TargetStatus;
  samples: number | undefined;
  nowMs: number;
  isOpen: boolean;
  onToggle: () => void;
  rowProps: MeasuredRow;
}): JSX.Element {
  const { tone, icon, word } = healthTone(target.health);
  const scrapedMs = timeOf(target.lastScrape);
  const detailsId = useId();
  return (
    <tr {...rowProps} className={styles.row}>
      <td className={styles.state}>
        <IconButton
          small
          icon={isOpen ? 'chevron-down' : 'chevron-right'}
          label={isOpen ? 'Hide discovered labels' : 'Discovered labels'}
          aria-expanded={isOpen}
          aria-controls={isOpen ? detailsId : undefined}
          onClick={onToggle}
        />
        <Status tone={tone} icon={icon}>
          {word}
        </Status>
      </td>
      <td className={styles.endpoint}>
        <a href={target.globalUrl || target.scrapeUrl} target="_blank" rel="noreferrer">
          {endpointText(target.scrapeUrl)}
        </a>
        {target.lastError !== '' && <Failure error={target.lastError} />}
        {isOpen && <Details id={detailsId} target={target} />}
      </td>
      <td className={styles.labels}>
        <Labels labels={target.labels} />
      </td>
      <Fact name="Last scrape">
        {scrapedMs === undefined ? (
          <span className={styles.none}>not yet</span>
        ) : (
          <time dateTime={target.lastScrape} title={dateTimeText(scrapedMs)}>
            {formatAgo(Math.min(scrapedMs, nowMs), nowMs)}
          </time>
        )}
      </Fact>
      <Fact name="Took">{scrapedMs === undefined ? <None /> : formatDuration(target.lastScrapeDuration * 1_000)}</Fact>
      <Fact name="Samples">{samples === undefined || target.health !== 'up' ? <None /> : formatCount(samples)}</Fact>
      <Fact name="Every">
        <span title={`Gives up after ${target.scrapeTimeout}`}>{target.scrapeInterval}</span>
      </Fact>
    </tr>
  );
}

/** `name` is shown where the table has become a list of cards. */
function Fact({ name, children }: { name: string; children: React.ReactNode }): JSX.Element {
  return (
    <td className={styles.fact} data-name={name}>
      {children}
    </td>
  );
}

function None(): JSX.Element {
  return (
    <span className={styles.none}>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">none</span>
    </span>
  );
}

function Failure({ error }: { error: string }): JSX.Element {
  const cure = cureFor(error);
  return (
    <div className={styles.failure}>
      <p className={styles.error}>{error}</p>
      {cure && (
        <p className={styles.cure}>
          {cure.text} {cure.code && <code>{cure.code}</code>}
        </p>
      )}
    </div>
  );
}

function Details({ id, target }: { id: string; target: TargetStatus }): JSX.Element {
  return (
    <div id={id} className={styles.details}>
      <p className={styles.detailsHead}>Discovered labels, before relabelling</p>
      <Labels labels={target.discoveredLabels} />
      <p className={styles.detailsHead}>
        Scraped every {target.scrapeInterval}, gives up after {target.scrapeTimeout}
      </p>
    </div>
  );
}
