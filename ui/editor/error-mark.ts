// The wavy line under what the server could not read. It stays until the text is changed there or the next answer comes.
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view';
import type { TextSpan } from './error-position.ts';

/** Replaces the mark; undefined removes it. */
export const setErrorSpan = StateEffect.define<TextSpan | undefined>();

class CaretHere extends WidgetType {
  toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = 'cm-errorEnd';
    caret.setAttribute('aria-hidden', 'true');
    return caret;
  }
}

const MARK = Decoration.mark({ class: 'cm-errorSpan' });
const END = Decoration.widget({ widget: new CaretHere(), side: 1 });

/** Draws the span of `setErrorSpan`; an empty one is a caret. */
export const errorMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setErrorSpan)) next = marksOf(effect.value, transaction.state.doc.length);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marksOf(span: TextSpan | undefined, length: number): DecorationSet {
  if (span === undefined || span.from > length) return Decoration.none;
  const to = Math.min(span.to, length);
  return to > span.from ? Decoration.set(MARK.range(span.from, to)) : Decoration.set(END.range(span.from));
}
