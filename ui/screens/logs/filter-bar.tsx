// The query by clicks, for those who do not know LogQL: each matcher and stage is a chip; a label filter and a text can be added.
import { useQuery } from '@tanstack/react-query';
import { type JSX, useMemo, useState } from 'react';
import { messageOf } from '../../data/client.ts';
import { logLabelValuesQuery } from '../../data/logs.ts';
import { searchTest } from '../../format/search.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Popover } from '../../kit/popover.tsx';
import styles from './filter-bar.module.css';
import { addContains, addMatcher, isAnyMatcher, type MatcherPart, removeMatcher, removeStage, splitQuery } from './query-text.ts';
import { type LeftOut, leftOut } from './start-query.ts';
import type { Logs } from './use-logs.ts';

/** Chips of the query that ran, and what can be added to it. */
export function FilterBar({ logs }: { logs: Logs }): JSX.Element | null {
  const { query, run } = logs;
  const [contains, setContains] = useState('');
  const parts = useMemo(() => splitQuery(query), [query]);
  if (parts === undefined) return null;
  return (
    <div className={styles.bar}>
      {parts.matchers.map((matcher, index) => (
        <Chip
          key={`${matcher.name} ${matcher.op} ${matcher.value}`}
          text={matcherWords(matcher)}
          name={matcher.name}
          onRemove={isAnyMatcher(matcher) ? undefined : () => run(removeMatcher(query, index))}
        />
      ))}
      {parts.stages.map(({ text }, index) => (
        <Chip
          // biome-ignore lint/suspicious/noArrayIndexKey: the same stage may stand twice, its place tells it apart
          key={`${text} ${index}`}
          text={text.replace(/\s+/g, ' ')}
          name={text}
          isCode
          onRemove={() => run(removeStage(query, index))}
        />
      ))}
      <AddLabel logs={logs} />
      {logs.url.q === '' && leftOut(logs.labels ?? []).map((streams) => <OtherStreams key={streams.label} streams={streams} logs={logs} />)}
      <form
        className={styles.contains}
        onSubmit={(event) => {
          event.preventDefault();
          if (contains !== '') run(addContains(query, contains));
          setContains('');
        }}
      >
        <SearchField label="Lines that contain …" value={contains} onChange={setContains} />
      </form>
    </div>
  );
}

/** "service is api", "zone is not b". */
function matcherWords({ name, op, value }: MatcherPart): JSX.Element {
  const word = { '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'does not match' }[op];
  return (
    <>
      {name} <span className={styles.op}>{isAnyMatcher({ name, op, value }) ? 'is anything' : word}</span>{' '}
      {!isAnyMatcher({ name, op, value }) && (value === '' ? <span className={styles.op}>empty</span> : value)}
    </>
  );
}

function Chip({
  text,
  name,
  isCode = false,
  onRemove,
}: {
  text: JSX.Element | string;
  name: string;
  isCode?: boolean;
  onRemove: (() => void) | undefined;
}): JSX.Element {
  return (
    <span className={styles.chip}>
      <span className={isCode ? styles.code : styles.text}>{text}</span>
      {onRemove && (
        <button type="button" className={styles.remove} aria-label={`Remove ${name}`} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}

/** "All streams" cannot be said in LogQL: those that the start query leaves out are named, where there are any. */
function OtherStreams({ streams, logs }: { streams: LeftOut; logs: Logs }): JSX.Element | null {
  const { label, without, query } = streams;
  const { data: values } = useQuery(logLabelValuesQuery(label, logs.time.absolute, query));
  if (values === undefined || values.length === 0) return null;
  return (
    <Button small look="quiet" title={`Streams that have no label ${without}: ${query}`} onClick={() => logs.run(query)}>
      {values.length} {label} without {without}
    </Button>
  );
}

function AddLabel({ logs }: { logs: Logs }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      label="Label filter"
      align="start"
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button small look="quiet" icon="plus">
          Label
        </Button>
      }
    >
      <LabelForm
        logs={logs}
        onAdd={(matcher) => {
          setOpen(false);
          logs.run(addMatcher(logs.query, matcher));
        }}
      />
    </Popover>
  );
}

/** First the label, then its value: two lists in one place. */
function LabelForm({ logs, onAdd }: { logs: Logs; onAdd: (matcher: MatcherPart) => void }): JSX.Element {
  const { labels = [], time } = logs;
  const [name, setName] = useState('');
  const [op, setOp] = useState<'=' | '!='>('=');
  const { data: values, error } = useQuery(logLabelValuesQuery(name, time.absolute));
  if (name === '')
    return <PickList key="labels" label={`Find in ${labels.length} labels`} options={labels} onPick={setName} emptyText="No labels yet" />;
  return (
    <>
      <div className={styles.formHead}>
        <Button small look="quiet" icon="chevron-left" aria-label="Another label" onClick={() => setName('')}>
          {name}
        </Button>
        <Segments
          label="Comparison"
          value={op}
          onChange={setOp}
          options={[
            { value: '=', label: 'is' },
            { value: '!=', label: 'is not' },
          ]}
        />
      </div>
      <PickList
        key="values"
        label={`Find in ${values?.length ?? 0} values`}
        options={values ?? []}
        onPick={(value) => onAdd({ name, op, value })}
        emptyText={error ? messageOf(error) : values === undefined ? 'Loading …' : 'No values in this range'}
      />
    </>
  );
}

const MOST_OPTIONS = 200;

function PickList({
  label,
  options,
  onPick,
  emptyText,
}: {
  label: string;
  options: readonly string[];
  onPick: (option: string) => void;
  emptyText: string;
}): JSX.Element {
  const [search, setSearch] = useState('');
  const found = useMemo(() => options.filter(searchTest(search)), [options, search]);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (found[0] !== undefined) onPick(found[0]);
      }}
    >
      <SearchField label={label} value={search} onChange={setSearch} autoFocus />
      <ul className={styles.options}>
        {found.slice(0, MOST_OPTIONS).map((option) => (
          <li key={option}>
            <button type="button" className={styles.option} title={option} onClick={() => onPick(option)}>
              {option === '' ? <span className={styles.op}>empty</span> : option}
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>{options.length === 0 ? emptyText : 'Nothing is called so'}</p>}
      {found.length > MOST_OPTIONS && <p className={styles.none}>and {found.length - MOST_OPTIONS} more: type to find them</p>}
    </form>
  );
}
