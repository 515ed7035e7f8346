import type { JSX } from 'react';
import { Icon } from './icon.tsx';
import { Menu, MenuChoice } from './menu.tsx';
import styles from './overlay.module.css';

/** One value out of a short list. `label` is shown before the value (quietly), or only read aloud with `hideLabel`. */
export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  hideLabel = false,
}: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[];
  onChange: (value: T) => void;
  hideLabel?: boolean;
}): JSX.Element {
  const shown = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.trigger} aria-label={`${label}: ${shown}`}>
          {!hideLabel && <span className={styles.triggerLabel}>{label}</span>}
          <span className={styles.triggerValue}>{shown}</span>
          <Icon name="chevron-down" />
        </button>
      }
    >
      <MenuChoice value={value} options={options} onChange={onChange} />
    </Menu>
  );
}
