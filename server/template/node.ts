// The syntax tree. `pos` is the offset in the source of the token that Go reports errors at.
import { quoteGo } from './quote.ts';

export type Node =
  | { readonly type: 'text'; readonly pos: number; readonly text: string }
  | { readonly type: 'action'; readonly pos: number; readonly pipe: Pipe }
  | Branch
  | { readonly type: 'template'; readonly pos: number; readonly name: string; readonly pipe?: Pipe }
  | { readonly type: 'break' | 'continue'; readonly pos: number };

/** if, with or range. */
export interface Branch {
  readonly type: 'if' | 'with' | 'range';
  readonly pos: number;
  readonly pipe: Pipe;
  readonly list: readonly Node[];
  readonly elseList?: readonly Node[];
}

/** `$x, $y := command | command`. */
export interface Pipe {
  readonly type: 'pipe';
  readonly pos: number;
  readonly variables: readonly string[];
  readonly isAssign: boolean;
  /** The variables are set by the loop, element by element. */
  readonly isRange: boolean;
  readonly commands: readonly Command[];
}

/** An operand alone, or a function or method with its arguments. */
export interface Command {
  readonly type: 'command';
  readonly pos: number;
  readonly args: readonly Operand[];
}

export type Operand =
  | Pipe
  | { readonly type: 'dot' | 'nil'; readonly pos: number }
  | { readonly type: 'bool'; readonly pos: number; readonly value: boolean }
  | { readonly type: 'string'; readonly pos: number; readonly value: string; readonly quoted: string }
  | {
      readonly type: 'number';
      readonly pos: number;
      readonly text: string;
      readonly int?: bigint;
      readonly float: number;
      readonly isFloat: boolean;
    }
  | { readonly type: 'identifier'; readonly pos: number; readonly name: string }
  | { readonly type: 'field'; readonly pos: number; readonly path: readonly string[] }
  | { readonly type: 'variable'; readonly pos: number; readonly name: string; readonly path: readonly string[] }
  | { readonly type: 'chain'; readonly pos: number; readonly operand: Operand; readonly path: readonly string[] };

/** A parsed text with everything that it defines. */
export interface Tree {
  readonly name: string;
  /** The text it was parsed from, as error positions name it. */
  readonly parseName: string;
  readonly source: string;
  readonly root: readonly Node[];
}

/** A node as Go prints it back in error texts. */
export function nodeText(node: Operand | Command | Node): string {
  switch (node.type) {
    case 'pipe': {
      const variables = node.variables.length > 0 ? `${node.variables.join(', ')} ${node.isAssign ? '=' : ':='} ` : '';
      return variables + node.commands.map(nodeText).join(' | ');
    }
    case 'command':
      return node.args.map((arg) => (arg.type === 'pipe' ? `(${nodeText(arg)})` : nodeText(arg))).join(' ');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'string':
      return node.quoted;
    case 'number':
      return node.text;
    case 'identifier':
      return node.name;
    case 'field':
      return node.path.map((name) => `.${name}`).join('');
    case 'variable':
      return node.name + node.path.map((name) => `.${name}`).join('');
    case 'chain':
      return (
        (node.operand.type === 'pipe' ? `(${nodeText(node.operand)})` : nodeText(node.operand)) +
        node.path.map((name) => `.${name}`).join('')
      );
    case 'text':
      return node.text;
    case 'action':
      return `{{${nodeText(node.pipe)}}}`;
    case 'template':
      return `{{template ${quoteGo(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`;
    case 'break':
    case 'continue':
      return `{{${node.type}}}`;
    default: {
      const rest = node.elseList ? `{{else}}${node.elseList.map(nodeText).join('')}` : '';
      return `{{${node.type} ${nodeText(node.pipe)}}}${node.list.map(nodeText).join('')}${rest}{{end}}`;
    }
  }
}
