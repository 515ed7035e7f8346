// The text of a stack trace, line by line: what the error said, frames of one's own code, frames of libraries.

export interface StackLine {
  readonly kind: 'message' | 'own' | 'library';
  readonly text: string;
}

const FRAME = /^\s*(at\s|File\s+"|from\s|\S+\(\S*\.java:\d+\)|goroutine\s|\S+\.go:\d+)/;
const LIBRARY =
  /node_modules|\(?node:|<anonymous>|\(internal\/|site-packages|\/lib\/python|<frozen |java\.base|java\.util|org\.springframework|\/usr\/local\/go\/src/;

/** Lines of a stack trace of Node, Python, Java or Go; anything else comes out as message lines. */
export function stackLines(text: string): readonly StackLine[] {
  return text
    .replace(/\s+$/, '')
    .split('\n')
    .map((line) => (FRAME.test(line) ? { kind: LIBRARY.test(line) ? 'library' : 'own', text: line } : { kind: 'message', text: line }));
}
