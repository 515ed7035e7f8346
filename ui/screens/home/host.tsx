import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { exploreLink } from '../../data/links.ts';
import { type InstantSeries, instantQueryOptions } from '../../data/prometheus.ts';
import { formatUnit } from '../../format/units.ts';
import { Section } from '../../kit/page.tsx';
import { EmptyState } from '../../kit/states.tsx';
import styles from './home.module.css';
import { Meter } from './meter.tsx';

const READINGS = [
  { name: 'Processor', expr: 'avg(1 - rate(node_cpu_seconds_total{mode="idle"}[2m]))' },
  { name: 'Memory', expr: 'max(1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)' },
  { name: 'Disk /', expr: 'max(1 - node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"})' },
] as const;

const LOAD = 'max(node_load1)';

/** How busy the machine is, from the node_* series of the built-in collector or a node exporter. */
export function Host(): JSX.Element {
  const { data: names } = useQuery(instantQueryOptions('node_uname_info'));
  const { data: load } = useQuery(instantQueryOptions(LOAD));
  const nodes = new Set(names?.map(({ metric }) => metric.nodename ?? metric.instance ?? ''));
  const note = nodes.size === 1 ? [...nodes][0] : nodes.size > 1 ? `${nodes.size} machines` : undefined;
  const loadValue = firstValue(load);
  return (
    <Section title="Host" note={note}>
      {READINGS.map((reading) => (
        <HostReading key={reading.name} {...reading} />
      ))}
      {loadValue !== undefined && (
        <div className={styles.host}>
          <span className={styles.hostName}>Load (1 m)</span>
          <span />
          <span className={styles.number}>
            <Link href={exploreLink([LOAD])}>{formatUnit('none', loadValue, 2)}</Link>
          </span>
        </div>
      )}
      {names?.length === 0 && (
        <EmptyState title="No host is measured">The built-in collector is off, and no node exporter is scraped.</EmptyState>
      )}
    </Section>
  );
}

function HostReading({ name, expr }: { name: string; expr: string }): JSX.Element | null {
  const { data } = useQuery(instantQueryOptions(expr));
  const share = firstValue(data);
  if (share === undefined) return null;
  const text = formatUnit('percentunit', share);
  return (
    <div className={styles.host}>
      <span className={styles.hostName}>{name}</span>
      <Meter share={share} label={`${name}: ${text}`} />
      <span className={styles.number}>
        <Link href={exploreLink([expr])}>{text}</Link>
      </span>
    </div>
  );
}

function firstValue(data: readonly InstantSeries[] | undefined): number | undefined {
  const value = Number(data?.[0]?.value[1]);
  return Number.isFinite(value) ? value : undefined;
}
