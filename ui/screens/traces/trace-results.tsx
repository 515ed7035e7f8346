import type { TraceList, TraceSummary } from '@alidade/sdk/schema';
import { type JSX, useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { type Dot, DotChart } from '../../charts/dot-chart.tsx';
import { Swatch } from '../../charts/swatch.tsx';
import { rangeOf, traceLink } from '../../data/links.ts';
import type { ScreenTime } from '../../data/use-time.ts';
import { clockText, dateText, dateTimeText } from '../../format/date.ts';
import { formatLatency } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { serviceColors } from '../../format/service-color.ts';
import { Button } from '../../kit/button.tsx';
import { Segments } from '../../kit/field.tsx';
import { Select } from '../../kit/select.tsx';
import { Status } from '../../kit/status.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './traces.module.css';
import { type DotScale, TRACE_LIMITS, type TraceSort, type TracesState } from './traces-url.ts';

interface TraceDot extends Dot {
  readonly trace: TraceSummary;
}

/** Traces as dots over time and as a table. */
export function TraceResults({
  list,
  url,
  time,
  isStale,
  onChange,
}: {
  list: TraceList;
  url: TracesState;
  time: ScreenTime;
  isStale: boolean;
  onChange: (patch: Partial<TracesState>) => void;
}): JSX.Element {
  const [, navigate] = useLocation();
  const { traces } = list;
  const colors = useMemo(() => serviceColors(traces.flatMap(({ services }) => services.map(({ service }) => service))), [traces]);
  const dots = useMemo(
    () =>
      traces.map(
        (trace): TraceDot => ({ key: trace.traceId, timeMs: trace.startMs, value: trace.durationMs, isBad: trace.errors > 0, trace }),
      ),
    [traces],
  );
  const failed = traces.filter(({ errors }) => errors > 0).length;
  const open = (traceId: string) => traceLink(traceId, { range: time.range });
  return (
    <div className={styles.results} data-stale={isStale}>
      <div className={styles.bar}>
        <p className={styles.count}>
          <strong>{formatCount(traces.length)}</strong> {traces.length === 1 ? 'trace' : 'traces'}
          {list.isCut && ', the newest that match'}
        </p>
        <ul className={styles.key} aria-label="What the dots mean">
          <li>
            <Mark isBad={false} /> {formatCount(traces.length - failed)} without errors
          </li>
          <li>
            <Mark isBad /> {formatCount(failed)} with errors
          </li>
        </ul>
        <span className={styles.gap} />
        <Select<TraceSort>
          label="Sorted by"
          value={url.sort}
          onChange={(sort) => onChange({ sort })}
          options={[
            { value: 'newest', label: 'newest' },
            { value: 'slowest', label: 'slowest' },
          ]}
        />
        <Segments<DotScale>
          label="Scale of durations"
          value={url.scale}
          onChange={(scale) => onChange({ scale })}
          options={[
            { value: 'log', label: 'Log' },
            { value: 'linear', label: 'Linear' },
          ]}
        />
      </div>
      <div className={styles.chart}>
        <DotChart
          label={`Durations of ${traces.length} traces over time, ${failed} of them with errors. The table below lists them.`}
          dots={dots}
          range={time.absolute}
          scale={url.scale}
          color="var(--series-1)"
          formatValue={formatLatency}
          tooltip={({ trace }) => <DotNote trace={trace} />}
          onOpen={({ trace }) => navigate(open(trace.traceId))}
          onZoom={(zoomed) => time.setRange(rangeOf(zoomed))}
        />
      </div>
      {list.isCut && (
        <div className={styles.cut}>
          <Status tone="info">Not all</Status>
          <span>
            More traces match than the {formatCount(url.limit)} shown; older ones in this range are left out. Narrow the search or the range
            {url.limit < TRACE_LIMITS.most && ', or '}
          </span>
          {url.limit < TRACE_LIMITS.most && (
            <Button small onClick={() => onChange({ limit: TRACE_LIMITS.most })}>
              Show up to {formatCount(TRACE_LIMITS.most)}
            </Button>
          )}
        </div>
      )}
      <TraceTable key={url.sort} traces={traces} colors={colors} sort={url.sort} open={open} onSort={(sort) => onChange({ sort })} />
    </div>
  );
}

function Mark({ isBad }: { isBad: boolean }): JSX.Element {
  return (
    <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
      {isBad ? (
        <path d="M5.5 0 11 5.5 5.5 11 0 5.5Z" fill="var(--bad)" />
      ) : (
        <circle cx="5.5" cy="5.5" r="3.5" fill="var(--series-1)" fillOpacity="0.62" stroke="var(--series-1)" />
      )}
    </svg>
  );
}

function DotNote({ trace }: { trace: TraceSummary }): JSX.Element {
  return (
    <div className={styles.tip}>
      <div className={styles.tipTime}>{dateTimeText(trace.startMs)}</div>
      <div className={styles.tipName}>{nameOf(trace)}</div>
      <div>
        {trace.rootService === '' ? '' : `${trace.rootService}, `}
        {formatLatency(trace.durationMs)}, {trace.spans === 1 ? '1 span' : `${formatCount(trace.spans)} spans`}
      </div>
      {trace.errors > 0 && <Status tone="bad">{errorsText(trace.errors)}</Status>}
      <div className={styles.tipHint}>Click opens, drag zooms</div>
    </div>
  );
}

function TraceTable({
  traces,
  colors,
  sort,
  open,
  onSort,
}: {
  traces: readonly TraceSummary[];
  colors: ReadonlyMap<string, string>;
  sort: TraceSort;
  open: (traceId: string) => string;
  onSort: (sort: TraceSort) => void;
}): JSX.Element {
  const longest = traces.reduce((most, { durationMs }) => Math.max(most, durationMs), 0);
  const isOneDay = new Set(traces.map(({ startMs }) => dateText(startMs))).size === 1;
  const columns: Column<TraceSummary>[] = [
    {
      id: 'start',
      head: 'Start',
      width: isOneDay ? '112px' : '184px',
      sortBy: ({ startMs }) => startMs,
      cell: ({ startMs }) => (
        <span className={styles.time} title={dateTimeText(startMs)}>
          {isOneDay ? clockText(startMs, true) : `${dateText(startMs)} ${clockText(startMs, true)}`}
        </span>
      ),
    },
    {
      id: 'root',
      head: 'Root',
      sortBy: nameOf,
      cell: (trace) => (
        <Link href={open(trace.traceId)} className={styles.root}>
          {trace.rootService !== '' && <span className={styles.rootService}>{trace.rootService}</span>}
          {nameOf(trace)}
        </Link>
      ),
    },
    {
      id: 'duration',
      head: 'Duration',
      align: 'end',
      width: '16%',
      sortBy: ({ durationMs }) => durationMs,
      cell: ({ durationMs }) => (
        <span className={styles.duration}>
          <span className={styles.track}>
            <span className={styles.length} style={{ width: `${longest === 0 ? 0 : (durationMs / longest) * 100}%` }} />
          </span>
          <span className={styles.number}>{formatLatency(durationMs)}</span>
        </span>
      ),
    },
    { id: 'spans', head: 'Spans', align: 'end', width: '72px', sortBy: ({ spans }) => spans, cell: ({ spans }) => formatCount(spans) },
    {
      id: 'services',
      head: <span className={styles.after}>Services</span>,
      width: '30%',
      sortBy: ({ services }) => services.length,
      cell: ({ services }) => <Services services={services} colors={colors} />,
    },
    {
      id: 'errors',
      head: 'Errors',
      align: 'end',
      width: '104px',
      sortBy: ({ errors }) => errors,
      cell: ({ errors }) => (errors === 0 ? <span className={styles.quiet}>none</span> : <Status tone="bad">{errorsText(errors)}</Status>),
    },
  ];
  return (
    <Table
      label="Traces"
      columns={columns}
      rows={traces}
      rowKey={({ traceId }) => traceId}
      initialSort={{ column: sort === 'slowest' ? 'duration' : 'start', descending: true }}
      onSort={({ column, descending }) => {
        if (descending && (column === 'start' || column === 'duration')) onSort(column === 'start' ? 'newest' : 'slowest');
      }}
      height={720}
    />
  );
}

const MOST_SERVICES = 3;

function Services({ services, colors }: { services: TraceSummary['services']; colors: ReadonlyMap<string, string> }): JSX.Element {
  const more = services.slice(MOST_SERVICES);
  return (
    <span className={`${styles.services} ${styles.after}`}>
      {services.slice(0, MOST_SERVICES).map(({ service, spans }) => (
        <span key={service} className={styles.service} title={`${service}: ${spans} spans`}>
          <Swatch color={colors.get(service) ?? 'var(--ink-3)'} />
          <span className={styles.serviceName}>{service === '' ? 'no name' : service}</span>
        </span>
      ))}
      {more.length > 0 && (
        <span className={styles.quiet} title={more.map(({ service }) => service).join(', ')}>
          +{more.length}
        </span>
      )}
    </span>
  );
}

function nameOf({ rootName }: TraceSummary): string {
  return rootName === '' ? 'root span has not arrived' : rootName;
}

function errorsText(errors: number): string {
  return errors === 1 ? '1 error' : `${formatCount(errors)} errors`;
}
