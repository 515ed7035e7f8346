/** What is wrong with a field, thrown to whoever knows in which item of the request it stands. */
export class FieldFault extends Error {
  readonly field: string;

  constructor(field: string, problem: string) {
    super(problem);
    this.name = 'FieldFault';
    this.field = field;
  }
}
