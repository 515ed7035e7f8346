import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type JSX, useEffect, useId, useMemo, useState } from 'react';
import { Swatch } from '../../charts/swatch.tsx';
import type { AbsoluteRange } from '../../data/time-range.ts';
import { traceServicesQuery } from '../../data/traces.ts';
import { placeError } from '../../editor/error-position.ts';
import { formatCount } from '../../format/number.ts';
import { serviceColors } from '../../format/service-color.ts';
import { Button } from '../../kit/button.tsx';
import { Combo } from '../../kit/combo.tsx';
import { TextField } from '../../kit/field.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './search-form.module.css';
import { TagField } from './tag-field.tsx';
import { EMPTY_FORM, readQuery, type TraceForm, termText, writeQuery } from './trace-query.ts';
import { latencyProblem, type TracesState } from './traces-url.ts';

type Search = Pick<TracesState, 'q' | 'min' | 'max'>;

/** The form, and the TraceQL line that it writes. `error` is about the query of the URL. */
export function SearchForm({
  url,
  range,
  error,
  onSearch,
}: {
  url: TracesState;
  range: AbsoluteRange;
  error: string | undefined;
  onSearch: (patch: Partial<Search>) => void;
}): JSX.Element {
  const [text, setText] = useState(url.q);
  useEffect(() => setText(url.q), [url.q]);
  const form = useMemo(() => readQuery(text), [text]);
  const change = (patch: Partial<TraceForm>) => {
    const q = writeQuery({ ...(form ?? EMPTY_FORM), ...patch });
    setText(q);
    onSearch({ q });
  };
  const shown = form ?? EMPTY_FORM;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    onSearch({ q: text.trim() });
  };
  return (
    <form className={styles.form} onSubmit={onSubmit} aria-label="Search for traces">
      <div className={styles.fields}>
        <ServiceFields form={shown} range={range} onChange={change} />
        <DurationField label="Longer than" value={url.min} onTake={(min) => onSearch({ min })} />
        <DurationField label="Shorter than" value={url.max} onTake={(max) => onSearch({ max })} />
        <div className={styles.field}>
          <span className={styles.label}>Status</span>
          <Button icon="critical" aria-pressed={shown.isFailed} onClick={() => change({ isFailed: !shown.isFailed })}>
            Failed only
          </Button>
        </div>
        <TagField range={range} onAdd={(term) => change({ tags: [...shown.tags, term] })} />
      </div>
      {shown.tags.length > 0 && (
        <ul className={styles.chips} aria-label="Attributes">
          {shown.tags.map((term, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same term may stand twice
            <li key={`${index} ${term.tag}`}>
              <span className={styles.chip}>
                <code>{termText(term)}</code>
                <Button
                  small
                  look="quiet"
                  icon="close"
                  aria-label={`Remove ${termText(term)}`}
                  onClick={() => change({ tags: shown.tags.filter((_, at) => at !== index) })}
                />
              </span>
            </li>
          ))}
        </ul>
      )}
      <QueryLine text={text} isRun={text.trim() === url.q.trim()} isBeyondForm={form === undefined} error={error} onChange={setText} />
    </form>
  );
}

function ServiceFields({
  form,
  range,
  onChange,
}: {
  form: TraceForm;
  range: AbsoluteRange;
  onChange: (patch: Partial<TraceForm>) => void;
}): JSX.Element {
  const { data } = useQuery(traceServicesQuery(range));
  const services = data?.services ?? [];
  const colors = useMemo(() => serviceColors((data?.services ?? []).map(({ service }) => service)), [data]);
  const offered = form.service === '' ? services : services.filter(({ service }) => service === form.service);
  const operations = [...new Set(offered.flatMap((one) => one.operations))].sort((a, b) => a.localeCompare(b));
  return (
    <>
      <Combo
        label="Service"
        value={form.service}
        placeholder="any"
        emptyText="No service has sent spans in this range"
        options={services.map(({ service, operations: own }) => ({
          value: service,
          hint: own.length === 1 ? '1 operation' : `${formatCount(own.length)} operations`,
          mark: <Swatch color={colors.get(service) ?? 'var(--ink-3)'} />,
        }))}
        onTake={(service) => onChange(service !== '' && service !== form.service ? { service, operation: '' } : { service })}
      />
      <Combo
        label="Operation"
        value={form.operation}
        placeholder="any"
        emptyText="No spans in this range"
        options={operations.map((value) => ({ value }))}
        onTake={(operation) => onChange({ operation })}
      />
    </>
  );
}

function DurationField({ label, value, onTake }: { label: string; value: string; onTake: (text: string) => void }): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const problem = latencyProblem(text);
  const take = () => {
    if (problem === undefined && text.trim() !== value) onTake(text.trim());
  };
  return (
    <TextField
      label={label}
      value={text}
      problem={problem}
      placeholder="any"
      size={9}
      onChange={(event) => setText(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        take();
      }}
    />
  );
}

function QueryLine({
  text,
  isRun,
  isBeyondForm,
  error,
  onChange,
}: {
  text: string;
  isRun: boolean;
  isBeyondForm: boolean;
  error: string | undefined;
  onChange: (text: string) => void;
}): JSX.Element {
  const id = useId();
  const placed = error !== undefined && isRun ? placeError(text, error, 'characters') : undefined;
  return (
    <div className={styles.query}>
      <label className={styles.label} htmlFor={id}>
        TraceQL
      </label>
      <div className={styles.line}>
        <input
          id={id}
          className={styles.input}
          autoComplete="off"
          spellCheck={false}
          placeholder="{ } finds all"
          value={text}
          aria-invalid={placed !== undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange(event.target.value)}
        />
        <Button type="submit" look={isRun ? 'plain' : 'primary'} icon="search">
          Search
        </Button>
      </div>
      <div id={`${id}-note`} className={styles.note}>
        {placed !== undefined && (
          <div role="alert">
            {placed.span && (
              <code className={styles.echo}>
                {text.slice(0, placed.span.from)}
                <mark>{text.slice(placed.span.from, placed.span.to) || ' '}</mark>
                {text.slice(placed.span.to)}
              </code>
            )}
            <p>
              <Status tone="bad">Not run</Status> {placed.message}
            </p>
          </div>
        )}
        {placed === undefined && !isRun && <span>Enter searches</span>}
        {placed === undefined && isRun && isBeyondForm && (
          <span>This says more than the form above can show. Changing the form begins anew.</span>
        )}
      </div>
    </div>
  );
}
