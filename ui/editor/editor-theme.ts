// Looks of the editor, written with tokens: both themes without a reconfiguration.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

// Few hues, all readable as text in both themes; none of a status.
const highlight = HighlightStyle.define([
  { tag: tags.variableName, color: 'var(--ink)', fontWeight: '500' },
  { tag: [tags.function(tags.variableName), tags.operatorKeyword], color: 'var(--named-blue)' },
  { tag: [tags.modifier, tags.logicOperator], color: 'var(--named-purple)' },
  { tag: tags.labelName, color: 'var(--ink-2)' },
  { tag: tags.string, color: 'var(--named-green)' },
  { tag: tags.number, color: 'var(--series-8)' },
  { tag: [tags.operator, tags.arithmeticOperator], color: 'var(--ink-2)' },
  { tag: [tags.paren, tags.squareBracket, tags.brace], color: 'var(--ink-3)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
]);

const looks = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'transparent', fontSize: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', maxHeight: '220px', overflow: 'auto' },
  '.cm-content': { padding: '5px 0', minHeight: '30px', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-placeholder': { color: 'var(--ink-3)', fontFamily: 'var(--font)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': {
    background: 'var(--brass-wash)',
  },
  '.cm-matchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--brass-wash)', outline: '1px solid var(--brass)' },
  '.cm-nonmatchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bad-wash)', color: 'var(--bad)' },
  '.cm-errorSpan': { textDecoration: 'underline wavy var(--bad) 1px', textUnderlineOffset: '3px' },
  '.cm-errorEnd': { borderBottom: '2px solid var(--bad)', padding: '0 4px', marginLeft: '1px' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline dotted var(--bad) 1px', textUnderlineOffset: '3px' },
  '.cm-lintRange-warning, .cm-lintRange-info': {
    backgroundImage: 'none',
    textDecoration: 'underline dotted var(--warn) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-diagnostic': { padding: '4px 8px', fontFamily: 'var(--font)' },
  '.cm-diagnostic-error': { borderLeft: '2px solid var(--bad)' },
  '.cm-tooltip': {
    zIndex: '60',
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    backgroundColor: 'var(--raised)',
    boxShadow: 'var(--shadow)',
    color: 'var(--ink)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: 'var(--text-sm)',
    maxHeight: '320px',
    minWidth: '240px',
    maxWidth: 'min(640px, 92vw)',
    padding: '4px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    alignItems: 'baseline',
    gap: '12px',
    padding: '3px 8px',
    borderRadius: '2px',
    lineHeight: '20px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected], &.cm-focused .cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--brass-wash)',
    color: 'var(--ink)',
  },
  '.cm-completionLabel': { flex: '1', overflow: 'hidden', textOverflow: 'ellipsis' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--brass)', fontWeight: '600' },
  '.cm-completionDetail': {
    marginLeft: '0',
    color: 'var(--ink-3)',
    fontFamily: 'var(--font)',
    fontSize: 'var(--text-xs)',
    fontStyle: 'normal',
  },
  '.cm-tooltip.cm-completionInfo': {
    maxWidth: '360px',
    padding: '8px 12px',
    color: 'var(--ink-2)',
    fontFamily: 'var(--font)',
    fontSize: 'var(--text-sm)',
    lineHeight: '18px',
  },
});

/** Colours, measures and syntax highlighting. */
export const editorTheme = [looks, syntaxHighlighting(highlight)];
