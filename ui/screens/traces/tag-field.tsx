import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { AbsoluteRange } from '../../data/time-range.ts';
import { type TagValue, traceTagsQuery, traceTagValuesQuery } from '../../data/traces.ts';
import { searchTest } from '../../format/search.ts';
import { Combo, type ComboOption } from '../../kit/combo.tsx';
import { parseTerm, scopedTag, type TagTerm } from './trace-query.ts';

/** Takes one `key = value`: names complete first, then the values of the name. */
export function TagField({ range, onAdd }: { range: AbsoluteRange; onAdd: (term: TagTerm) => void }): JSX.Element {
  const [text, setText] = useState('');
  const at = text.indexOf('=');
  const name = at < 0 ? '' : text.slice(0, at).trim();
  const { data: names, error: namesError } = useQuery(traceTagsQuery(range));
  const { data: values } = useQuery({ ...traceTagValuesQuery(scopedTag(name), range), enabled: name !== '' });
  const options = at < 0 ? nameOptions(names ?? [], text) : valueOptions(name, values ?? [], text.slice(at + 1));
  return (
    <Combo
      label="Attribute"
      value=""
      placeholder="name = value"
      emptyText={namesError === null ? 'No suggestion; Enter adds name = value' : 'Names could not be read; type name = value'}
      options={options}
      onType={setText}
      keepsOpen={(taken) => taken !== '' && parseTerm(taken) === undefined}
      onTake={(taken) => {
        const term = parseTerm(taken);
        if (term) onAdd(term);
      }}
    />
  );
}

function nameOptions(names: readonly string[], text: string): ComboOption[] {
  const isFound = searchTest(text);
  return names.filter(isFound).map((name) => ({ value: `${name} = ` }));
}

function valueOptions(name: string, values: readonly TagValue[], text: string): ComboOption[] {
  const isFound = searchTest(text.replaceAll('"', ''));
  return values
    .filter(({ value }) => isFound(value))
    .map(({ type, value }) => ({ value: `${name} = ${literal(type, value)}`, hint: type === 'keyword' ? 'string' : type }));
}

/** Texts that look like numbers, and only those, need quotes in the field. */
function literal(type: string, value: string): string {
  const isText = type === 'string' || type === 'keyword';
  return isText && /^-?\d+(\.\d+)?$|^(true|false)$|^$|^"|^\s|\s$/.test(value) ? JSON.stringify(value) : value;
}
