/** What commands that take several schemas share: one that is wrong does not keep the others from their turn. */
import { Problem } from '../run/problem.js';
import { type Diagnostic, SchemaError } from '../schema/diagnostics.js';
import { sayProblem } from './output.js';

/**
 * Does the work for one schema after the other. A file that cannot be read or written is told at once, and is a failure of the
 * command.
 * @throws SchemaError with the mistakes of all schemas, when the work throws some.
 */
export async function eachSchema(schemas: readonly string[], work: (schema: string) => Promise<void>): Promise<void> {
  const mistakes: Diagnostic[] = [];
  for (const schema of schemas) {
    try {
      await work(schema);
    } catch (e) {
      if (e instanceof SchemaError) mistakes.push(...e.diagnostics);
      else if (e instanceof Problem) {
        sayProblem(e);
        process.exitCode = e.exitCode;
      } else throw e;
    }
  }
  if (mistakes.length > 0) throw new SchemaError(mistakes);
}
