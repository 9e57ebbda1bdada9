import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Database, statement } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page, type PageRequest } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import { Recipes } from '../recipes';
import { policyOf } from './automation-policies';
import { TRAIL_READ } from './automation.events';
import { ChecksRepository } from './checks.repository';
import {
  AutomationCheckResponse,
  type AutomationBreakerResponse,
  type AutomationResponse,
  type AutomationRunResponse,
  type AutomationRunsResponse,
  type AutomationStepResponse,
  type AutomationTrailResponse,
  type AutomationWarningResponse,
} from './dto/automation.response';
import { Trails } from './trails';

const RUN = `SELECT r.id, r.cause, r.flow, r.recipe_version AS "recipeVersion", r.policy_version AS "policyVersion", r.agreement, r.consent_version AS "consentVersion",
          r.outcome, r.section, r.step, r.detail, r.ms, r.began_at AS "beganAt", t.run_id IS NOT NULL AS "hasTrail"
     FROM automation_runs r LEFT JOIN automation_trails t ON t.run_id = r.id AND t.made_at > now() - interval '14 days' WHERE r.store_id = $1`;
const BREAKER = statement(
  'automation.breaker',
  `SELECT state, failures, retry_at AS "retryAt" FROM store_breakers WHERE store_id = $1 AND tier = 'headless'`,
);
const DAY = statement(
  'automation.day',
  `SELECT coalesce(outcome, 'running') AS outcome, count(*)::int AS count, percentile_disc(0.95) WITHIN GROUP (ORDER BY ms)::int AS "p95Ms"
     FROM automation_runs WHERE store_id = $1 AND began_at > now() - interval '24 hours' GROUP BY 1`,
);
const LAST_GOOD = statement('automation.last_good', `${RUN} AND r.outcome = 'done' ORDER BY r.id DESC LIMIT 1`);
const LAST_FAILED = statement(
  'automation.last_failed',
  `${RUN} AND r.outcome IN ('unknown_page', 'fault', 'no_instrument', 'failed', 'lost') ORDER BY r.id DESC LIMIT 1`,
);
const RUNS = statement('automation.runs', `${RUN} AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`);
const STEPS = statement(
  'automation.steps',
  `SELECT section, step, candidate, sum(served)::int AS served, sum(failed)::int AS failed, (sum(ms) / nullif(sum(served), 0))::int AS ms
     FROM store_recipe_steps WHERE store_id = $1 AND version = $2 AND day > current_date - 7
    GROUP BY section, step, candidate ORDER BY section, step, candidate`,
);
const WARNINGS = statement(
  'automation.warnings',
  `SELECT kind, version, section, step, candidate, appeared, vanished, run_id AS "runId", made_at AS "madeAt"
     FROM automation_warnings WHERE store_id = $1 ORDER BY id DESC LIMIT 50`,
);

/** How orders by a browser go at a store; for admins. Errors: NotFound for what is no partner store, and for trails that are gone. */
@Injectable()
export class AutomationHealth {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
    private readonly recipes: Recipes,
    private readonly checks: ChecksRepository,
    private readonly trails: Trails,
  ) {}

  async read(caller: Caller, storeId: string): Promise<AutomationResponse> {
    const store = await this.directory.ownedStore(this.database, caller, storeId);
    const recipeVersion = (await this.recipes.activeOf(this.database, storeId))?.version ?? null;
    const one = <R extends object>(asked: typeof RUNS) => this.database.maybeOne<R>(asked, [storeId]);
    type Day = { outcome: string; count: number; p95Ms: number | null };
    const [account, breaker, lastGood, lastFailed, checks, steps, warnings, day] = await Promise.all([
      this.checks.account(this.database, storeId),
      one<AutomationBreakerResponse>(BREAKER),
      one<AutomationRunResponse>(LAST_GOOD),
      one<AutomationRunResponse>(LAST_FAILED),
      this.checks.latest(storeId),
      recipeVersion === null ? [] : this.database.rows<AutomationStepResponse>(STEPS, [storeId, recipeVersion]),
      this.database.rows<AutomationWarningResponse>(WARNINGS, [storeId]),
      this.database.rows<Day>(DAY, [storeId]),
    ]);
    return {
      ...policyOf(store),
      recipeVersion,
      testAccount: account ?? null,
      breaker: breaker ?? { state: 'closed', failures: 0, retryAt: null },
      lastDay: {
        runs: day.reduce((sum, { count }) => sum + count, 0),
        outcomes: Object.fromEntries(day.map(({ outcome, count }) => [outcome, count])),
        p95Ms: day.find(({ outcome }) => outcome === 'done')?.p95Ms ?? null,
      },
      lastGood: lastGood ?? null,
      lastFailed: lastFailed ?? null,
      ...{ steps, warnings },
      checks: checks.map((check) => AutomationCheckResponse.of(check)),
    };
  }

  async listRuns(caller: Caller, storeId: string, { limit, cursor }: PageRequest): Promise<AutomationRunsResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    const values = [storeId, decodeIdCursor(cursor) ?? null, limit + 1];
    const found = await this.database.rows<AutomationRunResponse>(RUNS, values);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows, nextCursor };
  }

  /** Who read which is recorded, before it is answered. */
  async readTrail(caller: Caller, storeId: string, runId: string): Promise<AutomationTrailResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    return this.database.transaction(async (tx) => {
      const trail = await this.trails.read(tx, storeId, runId);
      if (!trail) throw new NotFound('trail');
      const payload = { storeId, runId, by: caller.id };
      await this.events.publish(tx, { type: TRAIL_READ, aggregateId: runId, payload });
      return trail;
    });
  }
}
