// `fill (0)`, `fill_left (0)` and `fill_right (0)` between the operands of a binary operation (promql-binop-fill-modifiers).
import type { VectorMatching } from './ast.ts';
import type { TokenStream } from './token-stream.ts';

type Fill = Pick<VectorMatching, 'fillLeft' | 'fillRight'>;

/** The fill modifiers that come next; none is no change. */
export function parseFill(tokens: TokenStream): Fill {
  const word = fillWord(tokens);
  if (word === undefined) return {};
  const first = parseValue(tokens, word);
  const other = fillWord(tokens);
  if (other === undefined || word === 'fill' || other === 'fill' || other === word) return first;
  return { ...first, ...parseValue(tokens, other) };
}

/** These words are metric names, too, unless a parenthesis follows. */
function fillWord(tokens: TokenStream): string | undefined {
  const { kind, name } = tokens.token;
  const isFill = kind === 'identifier' && (name === 'fill' || name === 'fill_left' || name === 'fill_right');
  return isFill && tokens.isBeforeParenthesis() ? name : undefined;
}

function parseValue(tokens: TokenStream, word: string): Fill {
  tokens.advance();
  tokens.expect('(');
  const sign = tokens.takeSign()?.name === '-' ? -1 : 1;
  if (!tokens.is('number') && !tokens.is('duration')) throw tokens.unexpected('fill modifier', 'number');
  const value = sign * tokens.numberOf(tokens.advance());
  tokens.expect(')');
  return { ...(word === 'fill_right' ? {} : { fillLeft: value }), ...(word === 'fill_left' ? {} : { fillRight: value }) };
}
