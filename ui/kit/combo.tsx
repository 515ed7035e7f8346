// A text field with suggestions (ARIA's combobox): arrow keys move, Enter takes, Escape closes; what is not suggested can be typed.
import { type JSX, type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { searchTest } from '../format/search.ts';
import styles from './combo.module.css';
import { Icon } from './icon.tsx';

export interface ComboOption {
  readonly value: string;
  readonly hint?: string;
  /** Stands before the text: a swatch. */
  readonly mark?: ReactNode;
}

/** More than this cannot be read; typing narrows. */
const MOST_OPTIONS = 100;

/** One value out of many, or any text. `onTake` gets what was chosen or typed and confirmed; '' when it was cleared. */
export function Combo({
  label,
  value,
  options,
  placeholder,
  emptyText = 'Nothing to choose from',
  onTake,
  onType,
  keepsOpen = () => false,
}: {
  label: string;
  value: string;
  options: readonly ComboOption[];
  placeholder: string;
  emptyText?: string;
  onTake: (value: string) => void;
  /** What is being typed, for options that depend on it. Such options are shown as they are. */
  onType?: (text: string) => void;
  /** True when a choice is only the beginning: its text stays in the field and the list stays open. */
  keepsOpen?: (value: string) => boolean;
}): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState(value);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [isTyped, setTyped] = useState(false);
  useEffect(() => setText(value), [value]);
  const found = useMemo(() => {
    const isFound = searchTest(isTyped && onType === undefined ? text : '');
    return options.filter((option) => isFound(option.value)).slice(0, MOST_OPTIONS);
  }, [options, text, isTyped, onType]);
  const type = (next: string, typed: boolean) => {
    setText(next);
    setTyped(typed);
    setActive(-1);
    onType?.(next);
  };
  const take = (next: string) => {
    if (keepsOpen(next)) {
      type(next, true);
      setOpen(true);
      input.current?.focus();
      return;
    }
    setOpen(false);
    type(onType === undefined ? next : '', false);
    onTake(next.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((now) => (found.length === 0 ? -1 : (now + step + found.length + (now < 0 && step < 0 ? 1 : 0)) % found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      take((isOpen ? found[active]?.value : undefined) ?? text);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  // What was typed and left without Enter is not lost: it is taken, except where it is only half of something.
  const onBlur = () => {
    setOpen(false);
    if (onType === undefined && isTyped && text.trim() !== value) take(text);
  };
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  return (
    <div className={styles.combo}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.box}>
        <input
          ref={input}
          id={id}
          className={styles.input}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={text}
          title={text}
          onChange={(event) => {
            type(event.target.value, true);
            setOpen(true);
          }}
          onFocus={(event) => event.target.select()}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
          onBlur={onBlur}
        />
        {text === '' ? (
          <span className={`${styles.clear} ${styles.mark}`}>
            <Icon name="chevron-down" />
          </span>
        ) : (
          <button
            type="button"
            className={styles.clear}
            aria-label={`Clear ${label}`}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take('')}
          >
            <Icon name="close" size={14} />
          </button>
        )}
      </div>
      {isOpen && (
        <div ref={list} id={`${id}-list`} className={styles.list} role="listbox" aria-label={label}>
          {found.map((option, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the field
            <div
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option.value === value}
              data-active={index === active}
              className={styles.option}
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => setActive(index)}
              onClick={() => take(option.value)}
            >
              {option.mark}
              <span className={styles.text}>{option.value}</span>
              {option.hint && <span className={styles.hint}>{option.hint}</span>}
            </div>
          ))}
          {found.length === 0 && (
            <div className={styles.none}>{options.length === 0 ? emptyText : 'Nothing matches; Enter takes what is typed'}</div>
          )}
        </div>
      )}
    </div>
  );
}
