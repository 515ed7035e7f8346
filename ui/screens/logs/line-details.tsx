// An opened line: where to go from it, all its fields with what can be done with each, the line as it was stored.
import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { Link } from 'wouter';
import { exploreLink, minuteRange, rangeAround, rangeOf, traceLink } from '../../data/links.ts';
import { requestCountersQuery, requestRate } from '../../data/service-rate.ts';
import type { TimeRange } from '../../data/time-range.ts';
import { linkTo } from '../../data/url-state.ts';
import { timeParams } from '../../data/use-time.ts';
import { clockText, dateText } from '../../format/date.ts';
import { Button, IconButton, LinkButton } from '../../kit/button.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import styles from './line-details.module.css';
import { groupTitle } from './log-fields.ts';
import { type Field, isTraceId, type ReadLine, serviceOf } from './log-line.ts';
import { logsParams } from './logs-url.ts';
import { joinQuery } from './query-text.ts';

export interface LineActions {
  readonly onFilter: (field: Field, op: '=' | '!=') => void;
  readonly onColumn: (name: string) => void;
  /** The range to come back to. */
  readonly range: TimeRange;
}

/** Everything about one line. */
export function LineDetails({ line, columns, actions }: { line: ReadLine; columns: readonly string[]; actions: LineActions }): JSX.Element {
  const [isRaw, setRaw] = useState(false);
  const copy = useCopy();
  return (
    <div className={styles.details}>
      <div className={styles.actions}>
        {line.traceId !== undefined && (
          <LinkButton small icon="traces" href={traceLink(line.traceId, { range: actions.range })}>
            Trace
          </LinkButton>
        )}
        <MetricsLink line={line} />
        <LinkButton small icon="logs" href={aroundLink(line)} title="All lines of this stream, half a minute before and after">
          Lines around
        </LinkButton>
        <span className={styles.spread} />
        <Button small look="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
          Raw
        </Button>
        <Button small look="quiet" icon="copy" onClick={() => copy(line.raw, 'Line')}>
          Line
        </Button>
        <Button small look="quiet" icon="link" onClick={() => copy(linkToLine(line), 'Link')}>
          Link
        </Button>
      </div>
      {(isRaw || line.fields.every(({ source }) => source === 'label')) && <pre className={styles.raw}>{line.raw}</pre>}
      <table className={styles.table}>
        <tbody>
          <tr>
            <th scope="row">time</th>
            <td className={styles.value}>{exactTime(line)}</td>
            <td />
          </tr>
          {line.fields.map((field, index) => (
            <FieldRow
              key={`${field.source} ${field.name}`}
              field={field}
              title={groupTitle(field.source)}
              isFirst={index === 0 || groupTitle(field.source) !== groupTitle(line.fields[index - 1]?.source ?? field.source)}
              hasColumn={columns.includes(field.name)}
              actions={actions}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FieldRow({
  field,
  title,
  isFirst,
  hasColumn,
  actions,
}: {
  field: Field;
  title: string;
  isFirst: boolean;
  hasColumn: boolean;
  actions: LineActions;
}): JSX.Element {
  const copy = useCopy();
  const { name, value, isList } = field;
  return (
    <>
      {isFirst && (
        <tr className={styles.group}>
          <td colSpan={3}>{title}</td>
        </tr>
      )}
      <tr>
        <th scope="row">{name}</th>
        <td className={styles.value}>
          <Value field={field} range={actions.range} />
        </td>
        <td className={styles.tools}>
          {!isList && (
            <>
              <IconButton small icon="plus" label={`Only lines with this ${name}`} onClick={() => actions.onFilter(field, '=')} />
              <IconButton small icon="minus" label={`Without lines with this ${name}`} onClick={() => actions.onFilter(field, '!=')} />
            </>
          )}
          <IconButton small icon="copy" label={`Copy ${name}`} onClick={() => copy(value, name)} />
          <IconButton
            small
            icon="table"
            label={hasColumn ? `Remove the column ${name}` : `Show ${name} as a column`}
            aria-pressed={hasColumn}
            onClick={() => actions.onColumn(name)}
          />
        </td>
      </tr>
    </>
  );
}

function Value({ field, range }: { field: Field; range: TimeRange }): JSX.Element {
  if (field.value === '') return <span className={styles.empty}>empty</span>;
  if (!isTraceId(field)) return <>{field.value}</>;
  return (
    <Link href={traceLink(field.value, { range })} title="Open this trace">
      {field.value}
    </Link>
  );
}

/** From the line to the request rate of its service around that minute. */
function MetricsLink({ line }: { line: ReadLine }): JSX.Element | null {
  const service = serviceOf(line);
  const { data } = useQuery({ ...requestCountersQuery(line.timeMs), enabled: service !== undefined });
  if (service === undefined) return null;
  return (
    <LinkButton small icon="explore" href={exploreLink([requestRate(data ?? [], service.value)], minuteRange(line.timeMs))}>
      Metrics at this minute
    </LinkButton>
  );
}

function aroundLink(line: ReadLine): string {
  const matchers = Object.entries(line.stream).map(([name, value]) => ({ name, op: '=' as const, value }));
  const { from, to } = rangeAround(line.timeMs);
  return linkTo('/logs', { ...logsParams, ...timeParams }, { q: joinQuery({ matchers, stages: [] }), line: line.key, from, to });
}

/** This line open, in this query, with a range that will still be the same tomorrow. */
function linkToLine(line: ReadLine): string {
  const params = new URLSearchParams(location.search);
  // The line on top, whatever came after it, and what led to it below.
  const { from, to } = rangeOf({ fromMs: line.timeMs - BEFORE_MS, toMs: line.timeMs + 1 });
  for (const [name, value] of Object.entries({ line: line.key, from, to })) params.set(name, value);
  params.delete('refresh');
  params.delete('dir');
  return `${location.origin}/logs?${params}`;
}

const BEFORE_MS = 5 * 60_000;

/** Local time to the nanosecond. */
function exactTime({ timeMs, timestampNs }: ReadLine): string {
  return `${dateText(timeMs)} ${clockText(timeMs)}.${timestampNs.slice(-9)}`;
}
