// The rows of Explore: what is typed, and what was last run. The URL holds what was run.

export interface QueryRow {
  /** Stable while the row exists. */
  readonly id: number;
  /** What is typed. */
  readonly text: string;
  /** What was last run, '' before the first time. */
  readonly ran: string;
  readonly isHidden: boolean;
}

/** What the URL keeps of the rows. */
export interface RowsInUrl {
  readonly q: readonly string[];
  readonly hide: readonly string[];
}

/** Rows of a URL; at least one, to type into. */
export function rowsFrom({ q, hide }: RowsInUrl): readonly QueryRow[] {
  const texts = q.length === 0 ? [''] : q;
  return texts.map((text, index) => ({ id: index, text, ran: text, isHidden: hide.includes(String(index)) }));
}

/** The URL of rows that have run; empty rows are left out. */
export function rowsInUrl(rows: readonly QueryRow[]): RowsInUrl {
  const filled = rows.filter(({ ran }) => ran.trim() !== '');
  return { q: filled.map(({ ran }) => ran), hide: filled.flatMap(({ isHidden }, index) => (isHidden ? [String(index)] : [])) };
}

/** All rows run with what is typed. */
export function runAll(rows: readonly QueryRow[]): readonly QueryRow[] {
  return rows.map((row) => ({ ...row, ran: row.text }));
}

/** An empty row below. */
export function addRow(rows: readonly QueryRow[], text = ''): readonly QueryRow[] {
  return [...rows, { id: nextId(rows), text, ran: text, isHidden: false }];
}

/** A copy below the row. */
export function duplicateRow(rows: readonly QueryRow[], id: number): readonly QueryRow[] {
  return rows.flatMap((row) => (row.id === id ? [row, { ...row, id: nextId(rows) }] : [row]));
}

/** Without the row; the last one is emptied instead. */
export function removeRow(rows: readonly QueryRow[], id: number): readonly QueryRow[] {
  const rest = rows.filter((row) => row.id !== id);
  return rest.length > 0 ? rest : [{ id: nextId(rows), text: '', ran: '', isHidden: false }];
}

/** The row changed. */
export function changeRow(rows: readonly QueryRow[], id: number, patch: Partial<Omit<QueryRow, 'id'>>): readonly QueryRow[] {
  return rows.map((row) => (row.id === id ? { ...row, ...patch } : row));
}

/** Puts an expression where the reader is: into the row, or below it when that one holds another expression already. */
export function placeExpression(rows: readonly QueryRow[], id: number, expr: string): readonly QueryRow[] {
  const row = rows.find((each) => each.id === id) ?? rows.at(-1);
  if (row === undefined || row.text.trim() !== '') return runAll(addRow(rows, expr));
  return runAll(changeRow(rows, row.id, { text: expr, isHidden: false }));
}

/** A, B, … Z, AA: how a row is called. */
export function rowLetter(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : rowLetter(Math.floor(index / 26) - 1) + letter;
}

function nextId(rows: readonly QueryRow[]): number {
  return Math.max(-1, ...rows.map(({ id }) => id)) + 1;
}
