import { Injectable, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../identity';
import { Vault, openJson, sealJson } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound } from '../../platform/http';
import { isUrl } from '../../platform/http-client';
import { Jobs, holdingLease } from '../../platform/jobs';
import { StoreDirectory } from '../../stores';
import { Recipes, type FlowInputs, type SectionName } from '../recipes';
import type { AutomationOutcome } from './automation';
import { NoTestAccount } from './automation.errors';
import { CHECK_FAILED, PAGE_CHANGED } from './automation.events';
import { CHECK, type CheckRow, CHECKS_DUE, ChecksRepository, type ClaimedCheck } from './checks.repository';
import type { TestAccountRequest } from './dto/test-account.request';
import { changeOf, partsOf } from './page-parts';
import { Permits } from './permits';
import { Runs } from './runs';

const SCHEDULE_EVERY_MS = 20_000;
const SWEEP_OLD_EVERY_MS = 600_000;
/** Nothing is bought: the ceiling that the recipe compares with is out of the way. */
const NO_CEILING_CENTS = 100_000_000;
/** A run that could not be begun is tried again, that often. */
const TRIES = 5;

/**
 * Dry runs of recipes by a test account of the store: up to the last click, never further. They tell of a store that has changed
 * before a shopper meets it: by steps that fail, and by pages that consist of other parts than in the last good one.
 */
@Injectable()
export class Checks implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
    private readonly recipes: Recipes,
    private readonly permits: Permits,
    private readonly checks: ChecksRepository,
    private readonly runs: Runs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(CHECK, ({ id }) => this.jobs.beside(() => this.runOnce(id)), CHECKS_DUE);
    this.jobs.every(SCHEDULE_EVERY_MS, 'dry runs to come', () => this.checks.schedule());
    this.jobs.every(SWEEP_OLD_EVERY_MS, 'old dry runs', () => this.checks.sweep());
  }

  /** In the place of what there was; the first dry run by it is due at once. Throws NotFound, InvalidField. */
  async setAccount(caller: Caller, storeId: string, { everyMinutes, ...account }: TestAccountRequest): Promise<void> {
    await this.database.transaction(async (tx) => {
      const store = await this.directory.lockOwnedStore(tx, caller, storeId);
      if (store.kind !== 'partner') throw new NotFound('store');
      const { url } = account.goods;
      if (!isUrl(url) || !store.hosts.includes(new URL(url).host))
        throw new InvalidField('/goods/url', "must be on one of the store's hosts");
      const sealed = sealJson(await this.vault.keyFor(tx, storeId), placeOf(storeId), account);
      this.checks.setAccount(tx, storeId, sealed, everyMinutes, caller.id);
    });
  }

  /** Throws NotFound where there is none. */
  async endAccount(caller: Caller, storeId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      if (!(await this.checks.endAccount(tx, storeId))) throw new NotFound('test account');
    });
  }

  /** Of any version, drafts too; one that waits already is the same. Throws NotFound, NoTestAccount. */
  async ask(caller: Caller, storeId: string, version: number): Promise<CheckRow> {
    return this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      await this.recipes.versionOf(tx, storeId, version);
      if (!(await this.checks.account(tx, storeId))) throw new NoTestAccount();
      return this.checks.ask(tx, storeId, version, caller.id);
    });
  }

  /** One try, if nobody else is at it, or at another of the same store. */
  async runOnce(id: string): Promise<void> {
    const token = randomUUID();
    const check = await this.checks.claim(id, token);
    if (!check) return;
    const pages = new Map<SectionName, string[]>();
    const outcome = await holdingLease(
      () => this.checks.renew(id, token),
      () => this.made(check, pages),
    );
    if (outcome?.type === 'not_run' && isPassing(outcome.code) && check.attempts < TRIES)
      return this.checks.later(id, token);
    await this.database.transaction((tx) => this.written(tx, check, token, outcome, pages));
  }

  /** Null: it has no test account any more. */
  private async made(check: ClaimedCheck, pages: Map<SectionName, string[]>): Promise<AutomationOutcome | null> {
    const { storeId, version } = check;
    const account = this.accountOf(check);
    if (!account) return null;
    const { username, password, goods, address } = account;
    const inputs: FlowInputs = {
      ...{ credentials: { username, password }, address, contact: { email: username, phone: address.phone } },
      ...{ lines: [{ ...goods, quantity: 1 }], agreedTotalCents: NO_CEILING_CENTS },
    };
    return this.runs.make({
      ...{ cause: 'check', flow: 'place', inputs, options: { dry: true, subjectId: check.id } },
      hooks: { onSection: async (section, page) => void pages.set(section, await partsOf(page)) },
      permit: () => this.permits.forCheck(storeId, version, 'place'),
    });
  }

  private async written(
    tx: Tx,
    { id, storeId, version, askedBy }: ClaimedCheck,
    token: string,
    outcome: AutomationOutcome | null,
    pages: ReadonlyMap<SectionName, string[]>,
  ): Promise<void> {
    const word = outcome === null ? 'no_test_account' : outcome.type === 'not_run' ? outcome.code : outcome.type;
    const runId = outcome && 'runId' in outcome ? outcome.runId : null;
    if (!(await this.checks.finish(tx, id, token, word, runId))) return;
    if (outcome?.type === 'done') await this.compare(tx, { storeId, version, runId }, pages);
    else if (askedBy === null) {
      const at = outcome && 'step' in outcome ? outcome : { section: null, step: null };
      this.checks.warn(tx, { kind: 'check_failed', storeId, version, section: at.section, step: at.step, runId });
      await this.events.publish(tx, {
        ...{ type: CHECK_FAILED, aggregateId: storeId },
        payload: { storeId, version, outcome: word },
      });
    }
  }

  /** With the last good one; what is seen now is the last good one from now on. */
  private async compare(
    tx: Tx,
    run: { storeId: string; version: number; runId: string | null },
    pages: ReadonlyMap<SectionName, string[]>,
  ): Promise<void> {
    const { storeId, version } = run;
    const before = await this.checks.shapes(tx, storeId);
    for (const [section, parts] of pages) {
      const change = before.has(section) ? changeOf(before.get(section)!, parts) : null;
      this.checks.keepShape(tx, storeId, section, parts);
      if (!change) continue;
      this.checks.warn(tx, { kind: 'page_changed', ...run, section, step: null, ...change });
      const payload = { storeId, version, section };
      await this.events.publish(tx, { type: PAGE_CHANGED, aggregateId: storeId, payload });
    }
  }

  private accountOf({ storeId, sealed, wrapped, masterKeyId }: ClaimedCheck): TestAccountRequest | null {
    if (sealed === null) return null;
    const key = this.vault.unwrap(storeId, wrapped, masterKeyId!);
    return openJson<TestAccountRequest>(key, placeOf(storeId), sealed);
  }
}

/** A browser that is free later; the others are answers. */
function isPassing(code: string): boolean {
  return code === 'busy' || code === 'no_browser';
}

function placeOf(storeId: string): string {
  return JSON.stringify(['store_test_accounts', storeId]);
}
