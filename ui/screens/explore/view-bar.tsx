import type { JSX } from 'react';
import { dateTimeText } from '../../format/date.ts';
import { formatDuration } from '../../format/duration.ts';
import { Button } from '../../kit/button.tsx';
import { Segments } from '../../kit/field.tsx';
import { Select } from '../../kit/select.tsx';
import styles from './explore-screen.module.css';
import type { ExploreState, ExploreView, TableKind } from './explore-url.ts';
import { STEP_CHOICES } from './step.ts';

/** Graph or table, and how. */
export function ViewBar({
  url,
  onChange,
  stepMs,
  atMs,
  exemplars,
}: {
  url: ExploreState;
  onChange: (patch: Partial<ExploreState>) => void;
  stepMs: number | undefined;
  atMs: number;
  /** How many there are. */
  exemplars: number;
}): JSX.Element {
  const steps = (STEP_CHOICES as readonly string[]).includes(url.step) ? STEP_CHOICES : [...STEP_CHOICES, url.step];
  const isRange = url.view === 'graph' || url.table === 'range';
  return (
    <div className={styles.bar}>
      <Segments<ExploreView>
        label="View"
        value={url.view}
        onChange={(view) => onChange({ view })}
        options={[
          { value: 'graph', label: 'Graph' },
          { value: 'table', label: 'Table' },
        ]}
      />
      {url.view === 'table' && (
        <Segments<TableKind>
          label="Values"
          value={url.table}
          onChange={(table) => onChange({ table })}
          options={[
            { value: 'instant', label: 'Instant' },
            { value: 'range', label: 'Over the range' },
          ]}
        />
      )}
      {url.view === 'graph' && (
        <Button aria-pressed={url.stacked} onClick={() => onChange({ stacked: !url.stacked })}>
          Stacked
        </Button>
      )}
      {url.view === 'graph' && exemplars > 0 && (
        <Button
          aria-pressed={url.exemplars === 'on'}
          title="Single requests behind these numbers, as diamonds; a click opens the trace"
          onClick={() => onChange({ exemplars: url.exemplars === 'on' ? 'off' : 'on' })}
        >
          Exemplars
        </Button>
      )}
      {isRange ? (
        <Select
          label="Step"
          value={url.step}
          onChange={(step) => onChange({ step })}
          options={steps.map((step) => ({
            value: step,
            label: step === '' ? `auto${stepMs !== undefined && url.step === '' ? `, ${formatDuration(stepMs)}` : ''}` : step,
          }))}
        />
      ) : (
        <span className={styles.at}>at {dateTimeText(atMs)}</span>
      )}
    </div>
  );
}
