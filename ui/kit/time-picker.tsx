// Time range and refresh, as every screen with data shows them in its header.
import { type JSX, useState } from 'react';
import {
  describeRange,
  isRelative,
  localText,
  QUICK_RANGES,
  rangeProblem,
  resolveRange,
  shiftRange,
  type TimeRange,
  zoomOut,
} from '../data/time-range.ts';
import type { ScreenTime } from '../data/use-time.ts';
import { Button, IconButton } from './button.tsx';
import { TextField } from './field.tsx';
import { Icon } from './icon.tsx';
import { Menu, MenuChoice } from './menu.tsx';
import { Popover } from './popover.tsx';
import styles from './time-picker.module.css';

/** Range with quick choices and free text, shift back and forth, zoom out. */
export function TimeRangePicker({ range, onChange }: { range: TimeRange; onChange: (range: TimeRange) => void }): JSX.Element {
  const [open, setOpen] = useState(false);
  const now = Date.now();
  const choose = (next: TimeRange) => {
    setOpen(false);
    onChange(next);
  };
  return (
    <div className={styles.group}>
      <IconButton look="plain" icon="chevron-left" label="Earlier" onClick={() => onChange(shiftRange(range, -1, now))} />
      <Popover
        label="Time range"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button icon="clock" aria-label={`Time range: ${describeRange(range, now)}`}>
            <span className={styles.value}>{describeRange(range, now)}</span>
            <Icon name="chevron-down" />
          </Button>
        }
      >
        <div className={styles.panel}>
          <RangeForm key={`${range.from} ${range.to}`} range={range} onChange={choose} />
          <div className={styles.quick}>
            {QUICK_RANGES.map((quick) => (
              <button
                key={quick.from}
                type="button"
                className={styles.choice}
                aria-current={quick.from === range.from && range.to === 'now'}
                onClick={() => choose(quick)}
              >
                {describeRange(quick, now)}
              </button>
            ))}
          </div>
        </div>
      </Popover>
      {!isRelative(range) && (
        <IconButton look="plain" icon="chevron-right" label="Later" onClick={() => onChange(shiftRange(range, 1, now))} />
      )}
      <IconButton look="plain" icon="zoom-out" label="Zoom out" onClick={() => onChange(zoomOut(range, now))} />
    </div>
  );
}

function RangeForm({ range, onChange }: { range: TimeRange; onChange: (range: TimeRange) => void }): JSX.Element {
  const [from, setFrom] = useState(() => editable(range.from, range, 'from'));
  const [to, setTo] = useState(() => editable(range.to, range, 'to'));
  const problem = rangeProblem({ from, to }, Date.now());
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === undefined) onChange({ from: portable(from), to: portable(to, true) });
      }}
    >
      <TextField label="From" value={from} onChange={(event) => setFrom(event.target.value)} />
      <TextField label="To" value={to} onChange={(event) => setTo(event.target.value)} problem={problem} />
      <Button type="submit" look="primary" disabled={problem !== undefined}>
        Apply
      </Button>
      <p className={styles.hint}>now-6h, now-1d/d, or a date and time in this browser’s zone. Drag across a chart to zoom in.</p>
    </form>
  );
}

/** Absolute times are shown as local dates, relative ones as written. */
function editable(text: string, range: TimeRange, end: 'from' | 'to'): string {
  if (text.startsWith('now')) return text;
  const { fromMs, toMs } = resolveRange(range, Date.now());
  return localText(end === 'from' ? fromMs : toMs);
}

/** URLs carry absolute times as milliseconds: they mean the same in every zone. */
function portable(text: string, end = false): string {
  if (text.trim().startsWith('now')) return text.trim();
  const { fromMs, toMs } = resolveRange({ from: end ? '1970-01-02' : text, to: end ? text : '9999-01-01' }, Date.now());
  return String(end ? toMs : fromMs);
}

const REFRESH_CHOICES = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h'];

/** Reload now, and how often by itself. */
export function RefreshPicker({ time, isLoading = false }: { time: ScreenTime; isLoading?: boolean }): JSX.Element {
  const choices = REFRESH_CHOICES.includes(time.refresh) || time.refresh === '' ? REFRESH_CHOICES : [time.refresh, ...REFRESH_CHOICES];
  return (
    <div className={styles.group}>
      <IconButton look="plain" icon="refresh" label="Reload" aria-busy={isLoading} onClick={time.reload} />
      <Menu
        trigger={
          <Button aria-label={`Automatic reload: ${time.refresh === '' ? 'off' : `every ${time.refresh}`}`}>
            {time.refresh === '' ? 'Off' : time.refresh}
            <Icon name="chevron-down" />
          </Button>
        }
      >
        <MenuChoice
          value={time.refresh}
          onChange={time.setRefresh}
          options={[{ value: '', label: 'Off' }, ...choices.map((value) => ({ value, label: `Every ${value}` }))]}
        />
      </Menu>
    </div>
  );
}
