import { type JSX, useMemo, useState } from 'react';
import { formatCount } from '../../format/number.ts';
import { searchTest } from '../../format/search.ts';
import { unitFormatter } from '../../format/units.ts';
import { IconButton } from '../../kit/button.tsx';
import { SearchField } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { EmptyState } from '../../kit/states.tsx';
import styles from './fields-panel.module.css';
import { type FieldSummary, groupTitle, summarizeFields } from './log-fields.ts';
import type { Field, ReadLine } from './log-line.ts';

/** The fields of the loaded lines with their most frequent values; clicks filter. */
export function FieldsPanel({
  lines,
  pinned,
  onFilter,
  onColumn,
}: {
  lines: readonly ReadLine[];
  pinned: readonly string[];
  onFilter: (field: Field, op: '=' | '!=') => void;
  onColumn: (name: string) => void;
}): JSX.Element {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const fields = useMemo(() => summarizeFields(lines), [lines]);
  const found = useMemo(() => {
    const isFound = searchTest(search);
    return fields.filter(({ name }) => isFound(name));
  }, [fields, search]);
  const toggle = (key: string) =>
    setOpen((now) => (now.has(key) ? new Set([...now].filter((one) => one !== key)) : new Set([...now, key])));
  return (
    <div className={styles.panel}>
      <div className={styles.search}>
        <SearchField label={`Find in ${fields.length} fields`} value={search} onChange={setSearch} />
      </div>
      <ul className={styles.list}>
        {found.map((field, index) => {
          const key = `${groupTitle(field.source)} ${field.name}`;
          const isFirst = index === 0 || groupTitle(found[index - 1]?.source ?? field.source) !== groupTitle(field.source);
          return (
            <li key={key}>
              {isFirst && <h3 className={styles.group}>{groupTitle(field.source)}</h3>}
              <div className={styles.field}>
                <button type="button" className={styles.name} aria-expanded={open.has(key)} onClick={() => toggle(key)}>
                  <Icon name={open.has(key) ? 'chevron-down' : 'chevron-right'} size={12} />
                  <span className={styles.nameText}>{field.name}</span>
                  <span
                    className={styles.distinct}
                    title={`${formatCount(field.distinct)} different values in ${formatCount(field.count)} lines`}
                  >
                    {formatCount(field.distinct)}
                  </span>
                </button>
                <IconButton
                  small
                  icon="table"
                  label={pinned.includes(field.name) ? `Remove the column ${field.name}` : `Show ${field.name} as a column`}
                  aria-pressed={pinned.includes(field.name)}
                  onClick={() => onColumn(field.name)}
                />
              </div>
              {open.has(key) && <Values field={field} lines={lines.length} onFilter={onFilter} />}
            </li>
          );
        })}
      </ul>
      {found.length === 0 && (
        <EmptyState title="No fields">{lines.length === 0 ? 'Fields of the lines stand here.' : 'No field is called so.'}</EmptyState>
      )}
    </div>
  );
}

const MOST_TITLE = 600;

function Values({
  field,
  lines,
  onFilter,
}: {
  field: FieldSummary;
  lines: number;
  onFilter: (field: Field, op: '=' | '!=') => void;
}): JSX.Element {
  const { name, source, isList, values, distinct } = field;
  return (
    <ul className={styles.values}>
      {values.map(({ value, count }) => (
        <li key={value} className={styles.value}>
          <button
            type="button"
            className={styles.pick}
            disabled={isList}
            title={`${value.slice(0, MOST_TITLE)}\n${formatCount(count)} of ${formatCount(lines)} loaded lines. Click for these lines only.`}
            onClick={() => onFilter({ name, value, source, isList }, '=')}
          >
            <span className={styles.valueText}>{value === '' ? 'empty' : value}</span>
            <span className={styles.share}>{shareText(count / lines)}</span>
            <span className={styles.bar} style={{ width: `${(100 * count) / lines}%` }} aria-hidden="true" />
          </button>
          {!isList && (
            <IconButton
              small
              icon="minus"
              label={`Without ${name} ${value}`}
              onClick={() => onFilter({ name, value, source, isList }, '!=')}
            />
          )}
        </li>
      ))}
      {distinct > values.length && <li className={styles.more}>and {formatCount(distinct - values.length)} other values</li>}
    </ul>
  );
}

function shareText(share: number): string {
  const { text, suffix } = unitFormatter('percentunit')(share, share < 0.1 && share > 0 ? 1 : 0);
  return `${text}${suffix}`;
}
