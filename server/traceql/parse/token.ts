import type { AttributeScope, Literal } from './ast.ts';

/** One token; `start` and `end` are UTF-16 offsets. */
export type Token =
  | { readonly kind: 'end' | 'symbol' | 'word'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'literal'; readonly literal: Literal; readonly text: string; readonly start: number; readonly end: number }
  | {
      /** `.name`, `span.name`, `parent.resource.name`, …; `scope` is undefined for a scope that is not supported. */
      readonly kind: 'attribute';
      readonly scope: AttributeScope | 'instrumentation';
      readonly name: string;
      readonly ofParent: boolean;
      readonly text: string;
      readonly start: number;
      readonly end: number;
    };

/** The token as a message can show it. */
export function describe(token: Token): string {
  return token.kind === 'end' ? 'the end of the query' : JSON.stringify(token.text);
}
