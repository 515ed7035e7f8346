// A text field for a query. A plain one at once; CodeMirror takes over, with text, focus and selection, when its chunk has arrived.
import { type JSX, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { CreateEditor, Editor } from './codemirror.ts';
import type { CompletionWindow } from './completion-client.ts';
import type { TextSpan } from './error-position.ts';
import styles from './query-editor.module.css';

/** Loads the chunk of a language. */
export type LoadEditor = () => Promise<{ readonly createEditor: CreateEditor }>;

export interface QueryEditorProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Enter; Shift-Enter begins a new line. */
  readonly onRun: () => void;
  /** The accessible name. */
  readonly label: string;
  readonly placeholder?: string;
  /** What the server could not read. */
  readonly errorSpan?: TextSpan | undefined;
  readonly isInvalid?: boolean;
  /** The element that says what is wrong. */
  readonly describedBy?: string | undefined;
  /** Where names for completion are looked up; by default the last hour. */
  readonly window?: CompletionWindow;
  readonly autoFocus?: boolean;
}

const HOUR_MS = 3_600_000;
const lastHour: CompletionWindow = () => ({ fromMs: Date.now() - HOUR_MS, toMs: Date.now() });

/** The editor of one query, one line that grows. `load` must stay the same function. */
export function QueryEditor({ load, ...props }: QueryEditorProps & { readonly load: LoadEditor }): JSX.Element {
  const { value, label, placeholder = 'Expression', errorSpan, isInvalid = false, describedBy, autoFocus = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  // The chunk's callbacks always see the newest props.
  const latest = useRef(props);
  latest.current = props;
  const editor = useRichEditor(box, plain, latest, { load, label, placeholder });

  useEffect(() => editor?.setText(value), [editor, value]);
  useEffect(
    () => editor?.setProblem(isInvalid ? { span: errorSpan, describedBy } : undefined),
    [editor, isInvalid, errorSpan, describedBy],
  );
  useEffect(() => {
    if (autoFocus) plain.current?.focus();
  }, [autoFocus]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    props.onRun();
  };
  return (
    <div className={styles.editor} data-invalid={isInvalid}>
      <textarea
        ref={plain}
        id={id}
        hidden={editor !== undefined}
        className={styles.plain}
        rows={1}
        spellCheck={false}
        autoComplete="off"
        aria-label={label}
        aria-invalid={isInvalid}
        aria-describedby={describedBy}
        placeholder={placeholder}
        value={value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div ref={box} className={styles.rich} />
    </div>
  );
}

/** Loads the chunk and mounts the editor in `box`; undefined until then, and for good when the chunk cannot be loaded. */
function useRichEditor(
  box: React.RefObject<HTMLDivElement | null>,
  plain: React.RefObject<HTMLTextAreaElement | null>,
  latest: React.RefObject<QueryEditorProps>,
  { load, label, placeholder }: { readonly load: LoadEditor; readonly label: string; readonly placeholder: string },
): Editor | undefined {
  const [editor, setEditor] = useState<Editor>();
  useEffect(() => {
    let mounted: Editor | undefined;
    let isGone = false;
    const mount = async () => {
      const { createEditor } = await load();
      const parent = box.current;
      const before = plain.current;
      if (isGone || parent === null || before === null) return;
      const hadFocus = document.activeElement === before;
      mounted = createEditor({
        parent,
        label,
        placeholder,
        text: latest.current.value,
        window: () => (latest.current.window ?? lastHour)(),
        onChange: (text) => latest.current.onChange(text),
        onRun: () => latest.current.onRun(),
      });
      if (hadFocus) mounted.focus({ anchor: before.selectionStart, head: before.selectionEnd });
      setEditor(mounted);
    };
    mount().catch((error: unknown) => console.warn('The editor could not be loaded; the plain field stays', error));
    return () => {
      isGone = true;
      mounted?.destroy();
      setEditor(undefined);
    };
  }, [box, plain, latest, load, label, placeholder]);
  return editor;
}
