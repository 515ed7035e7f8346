// LogQL in the editor. Loaded by logql-editor.tsx, imported by nobody else.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { LanguageSupport, LRLanguage } from '@codemirror/language';
import { parser } from '@grafana/lezer-logql';
import { styleTags, tags } from '@lezer/highlight';
import { loadLogLabels, loadLogLabelValues } from '../data/logs.ts';
import { type CreateEditor, createLanguageEditor } from './codemirror.ts';
import type { CompletionWindow } from './completion-client.ts';
import { type LogqlContext, logqlContext } from './logql-context.ts';
import { FUNCTIONS, RANGES, STAGES, VALUE_OPERATORS } from './logql-words.ts';

const language = LRLanguage.define({
  parser: parser.configure({
    props: [
      styleTags({
        'Identifier LabelName': tags.labelName,
        String: tags.string,
        'Number Duration Bytes Range': tags.number,
        LineComment: tags.comment,
        'RangeOp/... VectorOp/... ConvOp/... LabelReplace Vector': tags.function(tags.variableName),
        'Json Logfmt Unpack Pattern Regexp Unwrap LabelFormat LineFormat Decolorize Drop Keep ParserFlag Ip': tags.function(
          tags.variableName,
        ),
        'By Without On Ignoring GroupLeft GroupRight Bool Offset': tags.modifier,
        'And Or Unless': tags.logicOperator,
        'Eq Neq Re Nre PipeExact PipeMatch PipePattern Npa Pipe Eql Gtr Gte Lss Lte': tags.operator,
        'Add Sub Mul Div Mod Pow': tags.arithmeticOperator,
        '( )': tags.paren,
        '[ ]': tags.squareBracket,
        '{ }': tags.brace,
      }),
    ],
  }),
  languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', '`'] }, commentTokens: { line: '#' } },
});

/** Mounts an editor for LogQL. */
export const createEditor: CreateEditor = (options) => {
  const leaving = new AbortController();
  const source = completionSource(options.window, leaving.signal);
  const extension = new LanguageSupport(language, language.data.of({ autocomplete: source })).extension;
  return createLanguageEditor(options, { extension, destroy: () => leaving.abort() });
};

function completionSource(window: CompletionWindow, signal: AbortSignal) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const found = logqlContext(context.state.sliceDoc(0, context.pos));
    if (found.kind === 'nothing') return null;
    const isTyped = found.from < context.pos;
    if (found.kind === 'start' && !isTyped && !context.explicit) return null;
    const options = await optionsFor(found, window, signal);
    return options.length === 0 ? null : { from: found.from, options, validFor: validFor(found) };
  };
}

/** As long as what is typed looks so, the same options are narrowed down. */
function validFor(context: LogqlContext): RegExp {
  return context.kind === 'label value' && context.quoted ? /^[^"]*$/ : /^\w*$/;
}

async function optionsFor(context: LogqlContext, window: CompletionWindow, signal: AbortSignal): Promise<readonly Completion[]> {
  switch (context.kind) {
    case 'start':
      return [{ label: '{', detail: 'stream selector', boost: 50 }, ...FUNCTIONS];
    case 'label name':
    case 'grouping':
      return (await orNothing(loadLogLabels(window(), signal))).map((label) => ({ label, detail: 'label' }));
    case 'label value':
      return valueOptions(context, window, signal);
    case 'operator':
      return VALUE_OPERATORS;
    case 'stage':
      return STAGES;
    case 'range':
      return RANGES;
    default:
      return [];
  }
}

async function valueOptions(
  { name, quoted, selector }: Extract<LogqlContext, { kind: 'label value' }>,
  window: CompletionWindow,
  signal: AbortSignal,
): Promise<readonly Completion[]> {
  const values = await orNothing(loadLogLabelValues(name, window(), selector, signal));
  const escaped = (value: string) => JSON.stringify(value).slice(1, -1);
  return values.map((value) => (quoted ? { label: value, apply: escaped(value) } : { label: value, apply: `"${escaped(value)}"` }));
}

/** A failed question answers nothing: completion then offers the language alone. */
function orNothing(answer: Promise<readonly string[]>): Promise<readonly string[]> {
  return answer.catch(() => []);
}
