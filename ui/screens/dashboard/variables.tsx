import type { Dashboard, DashboardVariable } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { Select } from '../../kit/select.tsx';
import styles from './dashboard.module.css';
import type { VariableValues } from './panel-queries.ts';

const ALL = '$__all';

/** The dashboard's variables with their values; those with options can be chosen from. */
export function Variables({
  dashboard,
  values,
  onChange,
}: {
  dashboard: Dashboard;
  values: VariableValues;
  onChange: (name: string, value: readonly string[]) => void;
}): JSX.Element {
  return (
    <>
      {dashboard.variables.map((variable) => (
        <Variable
          key={variable.name}
          variable={variable}
          chosen={values[variable.name] ?? []}
          onChange={(value) => onChange(variable.name, [value])}
        />
      ))}
    </>
  );
}

function Variable({
  variable,
  chosen,
  onChange,
}: {
  variable: DashboardVariable;
  chosen: readonly string[];
  onChange: (value: string) => void;
}): JSX.Element {
  const label = variable.label === '' ? variable.name : variable.label;
  const text = chosen.map(optionText).join(' + ');
  if (variable.options.length === 0) {
    return (
      <span className={styles.variable}>
        {label}: <strong>{text === '' ? 'not set' : text}</strong>
      </span>
    );
  }
  const known = new Set(variable.options);
  const extra = chosen.length === 1 && !known.has(chosen[0] ?? '') ? chosen : [];
  const options = [...extra, ...variable.options].map((value) => ({ value, label: optionText(value) }));
  const value = chosen.length === 1 ? (chosen[0] ?? '') : text;
  return <Select label={label} value={value} options={options} onChange={onChange} />;
}

function optionText(value: string): string {
  return value === ALL ? 'All' : value;
}
