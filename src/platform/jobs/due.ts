import type { Database, Statement } from '../database';

/**
 * What may be due, asked in one statement: twenty sweeps that ask each for itself cost an idle worker twenty exchanges, and
 * every connection of the pool twenty plans, for nothing.
 */
export class Due {
  private readonly tasks: { task: string; due: string }[] = [];
  private readonly bells: { due: string; ring: () => void }[] = [];
  private question?: Statement;
  private asked = 0;

  /** A task, and the SQL of its rows whose jobs are to be added again. */
  add(task: string, due: string): void {
    this.tasks.push({ task, due });
    this.question = undefined;
  }

  /** Rung when that SQL finds a row. */
  ring(due: string, ring: () => void): void {
    this.bells.push({ due, ring });
    this.question = undefined;
  }

  async look(database: Database): Promise<void> {
    this.question ??= this.ask();
    const row = await database.maybeOne<{ due: boolean[] }>(this.question);
    for (const [index, { ring }] of this.bells.entries()) if (row!.due[index]) ring();
  }

  /** Its text is that of what was declared until now: not one of the program's, which `statement()` knows. */
  private ask(): Statement {
    const jobs = this.tasks.map(({ task, due }) => `SELECT '${task}', id::text FROM (${due}) AS d`);
    const found = this.bells.map(({ due }) => `EXISTS (${due})`);
    return {
      name: `jobs.due_${++this.asked}`,
      text: `WITH due (task, id) AS (${['SELECT NULL, NULL WHERE false', ...jobs].join(' UNION ALL ')}), added AS (
          SELECT graphile_worker.add_job(task, json_build_object('id', id), job_key := id, max_attempts := 3, job_key_mode := 'preserve_run_at') FROM due
        )
        SELECT (SELECT count(*) FROM added) AS added, ARRAY[${found.join(', ')}]::boolean[] AS due`,
    };
  }
}
