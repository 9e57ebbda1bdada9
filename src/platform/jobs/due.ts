import type { Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DatabaseError } from 'pg';
import type { Database, Statement } from '../database';
import { reasonOf } from './lease';

/** A task, and the SQL of its rows (`id`) that are due and that nobody holds. */
interface DueTask {
  name: string;
  due: string;
}
/** Rung when its SQL finds a row. */
interface Bell extends DueTask {
  ring: () => void;
}

/** Between two bells, so that those who are rung for do not all ask for a connection at once. */
const APART_MS = 100;

/**
 * What may be due, asked in one statement: twenty sweeps that ask each for itself cost an idle worker twenty exchanges, and
 * every connection of the pool twenty plans, for nothing. Guarantee: one whose SQL fails keeps nobody else from being asked.
 */
export class Due {
  private readonly tasks: DueTask[] = [];
  private readonly bells: Bell[] = [];

  constructor(private readonly logger: Logger) {}

  /** The jobs of what is due are added again. */
  add(name: string, due: string): void {
    this.tasks.push({ name, due });
  }

  ring(name: string, due: string, ring: () => void): void {
    this.bells.push({ name, due, ring });
  }

  async look(database: Database): Promise<void> {
    try {
      await ask(database, this.tasks, this.bells);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      // Whose fault it is shows when each is asked by itself.
      for (const task of this.tasks) await this.askOne(database, [task], []);
      for (const bell of this.bells) await this.askOne(database, [], [bell]);
    }
  }

  private async askOne(database: Database, tasks: DueTask[], bells: Bell[]): Promise<void> {
    try {
      await ask(database, tasks, bells);
    } catch (error) {
      this.logger.error({
        message: 'what is due was not found',
        of: [...tasks, ...bells][0]!.name,
        reason: error instanceof DatabaseError ? error.code : reasonOf(error),
      });
    }
  }
}

async function ask(database: Database, tasks: DueTask[], bells: Bell[]): Promise<void> {
  const { due } = (await database.maybeOne<{ due: boolean[] }>(questionOf(tasks, bells)))!;
  for (const [index, { ring }] of bells.filter((_, at) => due[at]).entries())
    if (index === 0) ring();
    else setTimeout(ring, index * APART_MS).unref();
}

/** Its text is that of the modules which this process has: not one of the program's, which `statement()` knows. */
function questionOf(tasks: DueTask[], bells: Bell[]): Statement {
  const jobs = tasks.map(({ name, due }) => `SELECT '${name}', id::text FROM (${due}) AS d`);
  const found = bells.map(({ due }) => `EXISTS (${due})`);
  const text = `WITH due (task, id) AS (${['SELECT NULL, NULL WHERE false', ...jobs].join(' UNION ALL ')}), added AS (
      SELECT graphile_worker.add_job(task, json_build_object('id', id), job_key := id, max_attempts := 3, job_key_mode := 'preserve_run_at') FROM due
    )
    SELECT (SELECT count(*) FROM added) AS added, ARRAY[${found.join(', ')}]::boolean[] AS due`;
  return { name: `jobs.due_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}
