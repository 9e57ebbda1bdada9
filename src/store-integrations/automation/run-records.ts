import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import type { FlowName, FlowOutcome, StepReport } from '../recipes';
import { RECIPE_DEGRADED } from './automation.events';
import type { Permit } from './permits';
import { countsOf } from './step-counts';

/** `proof`: whether a sign-in opens the account; `check`: a dry run by the test account. */
export type RunCause = 'shopper' | 'proof' | 'check';

/** What of an outcome is kept: nothing that was filled in, and nothing that was read. */
export type RunEnd = Pick<Exclude<FlowOutcome, { type: 'done' }>, 'section' | 'step' | 'detail'> & {
  outcome: FlowOutcome['type'] | 'failed' | 'lost';
  clicked: boolean;
  ms: number;
};

const BEGIN = statement(
  'automation_runs.begin',
  `INSERT INTO automation_runs (store_id, user_id, cause, flow, dry, recipe_version, policy_version, agreement, consent_id, consent_version, subject_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
);
const END = statement(
  'automation_runs.end',
  `UPDATE automation_runs SET outcome = $2, section = $3, step = $4, detail = $5, clicked = $6, ms = $7, ended_at = now()
    WHERE id = $1 AND outcome IS NULL`,
);
// In one order, so that runs which end at once do not wait for each other in a ring.
const COUNT = statement(
  'recipe_steps.count',
  `INSERT INTO store_recipe_steps AS c (store_id, version, day, section, step, candidate, served, failed, ms)
   SELECT $1, $2, current_date, section, step, candidate, served, failed, ms
     FROM jsonb_to_recordset($3::jsonb) AS n (section text, step text, candidate int, served int, failed int, ms bigint)
    ORDER BY section, step, candidate
   ON CONFLICT (store_id, version, day, section, step, candidate) DO UPDATE
     SET served = c.served + excluded.served, failed = c.failed + excluded.failed, ms = c.ms + excluded.ms
   RETURNING section, step, candidate, served`,
);
const WARN = statement(
  'automation_warnings.degraded',
  `INSERT INTO automation_warnings (store_id, kind, version, section, step, candidate, run_id) VALUES ($1, 'recipe_degraded', $2, $3, $4, $5, $6)`,
);
/** Longer than any run, with what a shopper takes to answer. */
const LOST = statement(
  'automation_runs.lost',
  `UPDATE automation_runs SET outcome = 'lost', ended_at = now() WHERE outcome IS NULL AND began_at < now() - interval '2 hours'`,
);
const OLD_RUNS = sweeping('automation_runs.sweep', 'automation_runs', `began_at < now() - interval '400 days'`);
const OLD_COUNTS = sweeping('recipe_steps.sweep', 'store_recipe_steps', `day < current_date - 90`);
const OLD_WARNINGS = sweeping(
  'automation_warnings.sweep',
  'automation_warnings',
  `made_at < now() - interval '90 days'`,
);

/** The record of runs, and the counts of steps that they leave. */
@Injectable()
export class RunRecords {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** Before anything is asked of the store. */
  async begin(
    { storeId, userId, recipeVersion, policyVersion, agreement, consent }: Permit,
    { cause, flow, dry, subjectId }: { cause: RunCause; flow: FlowName; dry: boolean; subjectId: string | null },
  ): Promise<string> {
    const leave = [recipeVersion, policyVersion, agreement, consent?.id ?? null, consent?.version ?? null];
    const values = [storeId, userId, cause, flow, dry, ...leave, subjectId];
    return (await this.database.maybeOne<{ id: string }>(BEGIN, values))!.id;
  }

  /** False: it was ended before. A fallback that served for the first time on a day is told of. */
  async end(tx: Tx, runId: string, permit: Permit, end: RunEnd, reports: readonly StepReport[]): Promise<boolean> {
    const { outcome, section, step, detail, clicked, ms } = end;
    if ((await tx.run(END, [runId, outcome, section, step, detail, clicked, ms])) === 0) return false;
    const { storeId, recipeVersion } = permit;
    const counts = countsOf(reports, end);
    if (counts.length === 0) return true;
    type Row = { section: string; step: string; candidate: number; served: number };
    const rows = await tx.rows<Row>(COUNT, [storeId, recipeVersion, JSON.stringify(counts)]);
    for (const { section, step, candidate, served } of rows) {
      const mine = counts.find((one) => one.section === section && one.step === step && one.candidate === candidate)!;
      if (candidate < 1 || mine.served === 0 || served > mine.served) continue;
      tx.write(WARN, [storeId, recipeVersion, section, step, candidate, runId]);
      const payload = { storeId, version: recipeVersion, section, step, candidate };
      await this.events.publish(tx, { type: RECIPE_DEGRADED, aggregateId: storeId, payload });
    }
    return true;
  }

  async sweep(): Promise<void> {
    await this.database.rows(LOST);
    for (const old of [OLD_RUNS, OLD_COUNTS, OLD_WARNINGS]) await this.database.sweep(old);
  }
}
