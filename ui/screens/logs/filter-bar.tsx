// The query by clicks, for those who do not know LogQL: each matcher and stage is a chip; a label filter and a text can be added.
import { useQuery } from '@tanstack/react-query';
import { type JSX, useMemo, useState } from 'react';
import { logLabelValuesQuery } from '../../data/logs.ts';
import { Button } from '../../kit/button.tsx';
import { Combo } from '../../kit/combo.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Popover } from '../../kit/popover.tsx';
import styles from './filter-bar.module.css';
import { addContains, addMatcher, isAnyMatcher, type MatcherPart, removeMatcher, removeStage, splitQuery } from './query-text.ts';
import type { Logs } from './use-logs.ts';

/** Chips of the query that ran, and what can be added to it. */
export function FilterBar({ logs }: { logs: Logs }): JSX.Element {
  const { query, run } = logs;
  const [contains, setContains] = useState('');
  const parts = useMemo(() => splitQuery(query), [query]);
  if (parts === undefined) return <div className={styles.bar} />;
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

function LabelForm({ logs, onAdd }: { logs: Logs; onAdd: (matcher: MatcherPart) => void }): JSX.Element {
  const { labels = [], time } = logs;
  const [name, setName] = useState('');
  const [op, setOp] = useState<'=' | '!='>('=');
  const { data: values = [], isLoading } = useQuery(logLabelValuesQuery(name, time.absolute));
  return (
    <div className={styles.form}>
      <Combo
        label="Label"
        value={name}
        placeholder="service, environment …"
        options={labels.map((value) => ({ value }))}
        onTake={setName}
      />
      <Segments
        label="Comparison"
        value={op}
        onChange={setOp}
        options={[
          { value: '=', label: 'is' },
          { value: '!=', label: 'is not' },
        ]}
      />
      <Combo
        // Another label has other values.
        key={name}
        label="Value"
        value=""
        placeholder={name === '' ? 'choose the label first' : 'value'}
        emptyText={name === '' ? 'Choose the label first' : isLoading ? 'Loading …' : 'No values in this range'}
        options={values.map((value) => ({ value }))}
        onTake={(value) => {
          if (name !== '' && value !== '') onAdd({ name, op, value });
        }}
      />
    </div>
  );
}
