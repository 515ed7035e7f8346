import type { EventCount, SloDetail, SloIndicator } from '@alidade/sdk/schema';
import type { JSX, ReactNode } from 'react';
import { Link } from 'wouter';
import { exploreLink } from '../../data/links.ts';
import styles from './slo.module.css';
import { shareText } from './slo-words.ts';

/** What the objective measures, where it is written, and who answers for it. */
export function Definition({ detail }: { detail: SloDetail }): JSX.Element {
  const { slo, file } = detail.status;
  const range = { from: `now-${slo.window}`, to: 'now' };
  return (
    <dl className={styles.facts}>
      {indicatorFacts(slo.indicator).map(({ name, text, expr }) => (
        <Fact key={name} name={name}>
          {expr === undefined ? (
            text
          ) : (
            <Link href={exploreLink([expr], range)}>
              <code>{text}</code>
            </Link>
          )}
        </Fact>
      ))}
      {slo.minEvents !== undefined && <Fact name="Least events">{slo.minEvents}</Fact>}
      {slo.team !== undefined && <Fact name="Team">{slo.team}</Fact>}
      {slo.runbookUrl !== undefined && (
        <Fact name="Runbook">
          <a href={slo.runbookUrl} target="_blank" rel="noreferrer">
            {slo.runbookUrl}
          </a>
        </Fact>
      )}
      {file !== '' && (
        <Fact name="Written in">
          <code>{file}</code>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

interface IndicatorFact {
  readonly name: string;
  readonly text: string;
  /** For Explore. */
  readonly expr?: string;
}

const OPS = { lt: '<', lte: '≤', gt: '>', gte: '≥' } as const;

function indicatorFacts(indicator: SloIndicator): readonly IndicatorFact[] {
  switch (indicator.type) {
    case 'ratio':
      return [
        'bad' in indicator ? events('Failed events', indicator.bad) : events('Good events', indicator.good),
        events('All events', indicator.total),
      ];
    case 'latency':
      return [
        { name: 'Histogram', text: `${indicator.histogram} (${indicator.kind})` },
        { name: 'Good up to', text: `${indicator.threshold}, in the unit of the histogram` },
      ];
    case 'error-ratio':
      return [{ name: 'Failed share', text: indicator.query, expr: atMinutes(indicator.query) }];
    case 'time-slice':
      if ('query' in indicator) {
        return [
          {
            name: `Each ${indicator.slice}`,
            text: `${indicator.query} ${OPS[indicator.op]} ${indicator.value}`,
            expr: atMinutes(indicator.query),
          },
        ];
      }
      return [
        { name: `Each ${indicator.slice}`, text: `good when ${shareText(indicator.sliceTarget)} of its events are` },
        ...indicatorFacts(indicator.of),
      ];
  }
}

function events(name: string, counts: EventCount): IndicatorFact {
  if ('query' in counts) return { name, text: counts.query, expr: atMinutes(counts.query) };
  return { name, text: counts.counter, expr: `sum(rate(${counts.counter}[5m]))` };
}

function atMinutes(query: string): string {
  return query.replaceAll('$window', '5m');
}
