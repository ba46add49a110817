/** Something a user can mend: printed as one sentence, without a stack; exit code 1, or 2 for a wrong command line. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(message: string, hint?: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
