// The lazy chunk: CodeMirror for a query language. Imported by promql.ts and logql.ts, which the editors load, and by nobody else.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionStatus,
  selectedCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { Annotation, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import type { CompletionWindow } from './completion-client.ts';
import { editorTheme } from './editor-theme.ts';
import { errorMark, setErrorSpan } from './error-mark.ts';
import type { TextSpan } from './error-position.ts';

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  /** The accessible name. */
  readonly label: string;
  readonly placeholder: string;
  /** Where names for completion are looked up. */
  readonly window: CompletionWindow;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

export interface EditorProblem {
  readonly span: TextSpan | undefined;
  readonly describedBy: string | undefined;
}

/** A mounted editor. */
export interface Editor {
  /** Replaces the text unless it is the same; does not call onChange. */
  setText(text: string): void;
  /** Marks what the server could not read, and names the element that says why. */
  setProblem(problem: EditorProblem | undefined): void;
  focus(selection?: { readonly anchor: number; readonly head: number }): void;
  destroy(): void;
}

/** Grammar, colours and completion of a language. */
export interface EditorLanguage {
  readonly extension: Extension;
  /** Called when the editor goes. */
  readonly destroy: () => void;
}

/** Mounts an editor. Each language's module exports one under this name. */
export type CreateEditor = (options: EditorOptions) => Editor;

/** Marks changes that come from outside. */
const fromOutside = Annotation.define<boolean>();

/** Mounts an editor for a language. */
export function createLanguageEditor(options: EditorOptions, language: EditorLanguage): Editor {
  let problem: EditorProblem | undefined;
  const attributes = (): Record<string, string> => ({
    'aria-label': options.label,
    'aria-invalid': String(problem !== undefined),
    ...(problem?.describedBy !== undefined && { 'aria-describedby': problem.describedBy }),
    spellcheck: 'false',
    autocorrect: 'off',
    autocapitalize: 'off',
  });
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keysFirst(options.onRun),
        history(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false, aboveCursor: false, maxRenderedOptions: 80 }),
        language.extension,
        errorMark,
        editorTheme,
        EditorView.lineWrapping,
        placeholder(options.placeholder),
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of((update) => {
          const isOwn = update.transactions.some((transaction) => transaction.annotation(fromOutside));
          if (update.docChanged && !isOwn) options.onChange(update.state.doc.toString());
        }),
        keymap.of([...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap.filter(({ key }) => key !== 'Enter' && key !== 'Mod-Enter')]),
      ],
    }),
  });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: fromOutside.of(true) });
    },
    setProblem(next) {
      problem = next;
      view.dispatch({ effects: setErrorSpan.of(next?.span) });
    },
    focus(selection) {
      view.focus();
      if (selection) view.dispatch({ selection });
    },
    destroy() {
      language.destroy();
      view.destroy();
    },
  };
}

/**
 * Enter takes the chosen completion, unless what is typed already says the same: then, and whenever no list is open, it runs the query.
 * Tab takes a completion and otherwise leaves the editor, so that the keyboard is never caught.
 */
function keysFirst(onRun: () => void) {
  const run = (view: EditorView): boolean => {
    closeCompletion(view);
    onRun();
    return true;
  };
  const enter = (view: EditorView): boolean => (isListOpen(view) && !isTypedOut(view) && acceptCompletion(view)) || run(view);
  return Prec.highest(
    keymap.of([
      { key: 'Enter', run: enter },
      { key: 'Mod-Enter', run },
      { key: 'Shift-Enter', run: insertNewlineAndIndent },
      { key: 'Tab', run: (view) => isListOpen(view) && acceptCompletion(view) },
    ]),
  );
}

function isListOpen(view: EditorView): boolean {
  return completionStatus(view.state) === 'active';
}

function isTypedOut({ state }: EditorView): boolean {
  const chosen = selectedCompletion(state)?.label;
  const { head } = state.selection.main;
  return chosen !== undefined && state.sliceDoc(Math.max(0, head - chosen.length), head) === chosen;
}
