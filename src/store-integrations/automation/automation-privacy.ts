import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages } from '../../identity';
import { Database, statement, type Tx } from '../../platform/database';
import { ExportedRunResponse } from './dto/exported-run.response';
import { Trails } from './trails';

const RUNS = exportSection('automatedRuns', ExportedRunResponse, 'What a browser did at stores for the user');
const OF_ADMINS = 'which admin it was: part of the record of what was done with a store';
const KEPT = { store_recipes: OF_ADMINS, automation_checks: OF_ADMINS, store_test_accounts: OF_ADMINS };

const EXPORT = statement(
  'automation_runs.export',
  `SELECT r.id, r.store_id AS "storeId", r.cause, r.flow, r.outcome, r.consent_version AS "consentVersion", r.began_at AS "beganAt",
          t.run_id IS NOT NULL AS "hasTrail"
     FROM automation_runs r LEFT JOIN automation_trails t ON t.run_id = r.id
    WHERE r.user_id = $1 AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3`,
);
const FORGET = statement(
  'automation_runs.forget',
  `UPDATE automation_runs SET user_id = NULL, consent_id = NULL, subject_id = NULL WHERE user_id = $1`,
);

/** What runs leave of a person: told in their export, gone with their account. */
@Injectable()
export class AutomationPrivacy implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly trails: Trails,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: RUNS,
      tables: { automation_runs: true, automation_trails: true },
      read: ({ userId }) =>
        inPages<ExportedRunResponse & { id: string }, ExportedRunResponse>(
          (after, limit) => this.database.rows(EXPORT, [userId, after?.id ?? null, limit]),
          ({ id: _, ...run }) => run,
        ),
    });
    this.exports.leaveOut('store-automation', KEPT);
    this.erasures.register('store-automation', (tx, userId) => this.forget(tx, userId), {
      automation_runs: true,
      automation_trails: true,
      ...KEPT,
    });
  }

  private forget(tx: Tx, userId: string): Promise<void> {
    this.trails.forget(tx, userId, null);
    tx.write(FORGET, [userId]);
    return Promise.resolve();
  }
}
