import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Vault, type DataKey } from '../../platform/crypto';
import { Config } from '../../platform/config';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { reasonOf, writingSurely } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import type { CheckoutTier } from '../../stores';
import { Connections, type Connection, type LinkSetting, type OAuthSetting } from '../connections/connections';
import { OAuthClient, type Tokens } from '../oauth/oauth-client';
import { OAuthFault } from '../oauth/oauth-fault';
import { Revocations } from '../oauth/revocations';
import { StoreFault } from '../protocols/store-fault';
import { reached } from '../store-steps';
import { ACCOUNT_LINKED, RELINK_NEEDED, accountEvent } from './accounts.events';
import { AccountsRepository, type AccessRow, type LinkStatus } from './accounts.repository';
import { forgetSecrets, keepSecret, openSecret } from './store-secrets';

/** How calls to a store carry a shopper's account. */
export type Access = { accessToken: () => Promise<string>; tokenRefused: () => void };

/** What a shopper's link with a store looks like to them. */
export interface StoreLink {
  /** Muse checks out there only with a linked account. */
  required: boolean;
  status: LinkStatus;
  /** POST there begins it; of a store that is ordered at by a browser, PUT there gives the sign-in. */
  url: string;
}

/** How long a call waits for a refresh that another process is at. */
const WAIT_MS = 12_000;
const POLL_MS = 50;
/** What a look has read is handed out to whatever else the same call asks for so soon. */
const LOOK_HOLDS_MS = 1_000;

/** `held`: another process is at it, or has been. `none`: there is no refresh token. */
type Refreshed = 'done' | 'held' | 'none' | 'failed' | 'relink';

/**
 * Linked accounts as whoever calls a store needs them. Guarantees: of all who need another token of a grant at once, in
 * however many processes, one asks for it; a token that replaces another is stored before it is handed out; a grant that
 * holds no more is marked `relink` and told of once; no token leaves this class but to the call that asked for it.
 */
@Injectable()
export class StoreAccounts {
  private readonly logger = new Logger('StoreAccounts');
  /** Refreshes of this process that are under way, by account and version of its tokens. */
  private readonly refreshing = new Map<string, Promise<Refreshed>>();
  private readonly outcomes: ReturnType<Metrics['counter']>;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly connections: Connections,
    private readonly accounts: AccountsRepository,
    private readonly oauth: OAuthClient,
    private readonly revocations: Revocations,
    metrics: Metrics,
  ) {
    const help = 'Tokens of linked accounts that a store was asked to renew';
    this.outcomes = metrics.counter('muse_store_refreshes_total', help, ['outcome']);
  }

  /** What a StoreCall needs of the user's account; null where the store is not connected, or they have linked none. */
  async accessFor(storeId: string, userId: string): Promise<Access | null> {
    const connection = await this.connections.of(this.database, storeId);
    return connection && this.accessTo(connection, userId);
  }

  /**
   * As accessFor(), for whoever has the connection already. `accessToken` throws StoreFault `relink` where the account must
   * be linked again, `unavailable` where no token can be had at the moment.
   */
  async accessTo({ store, oauth }: Connection, userId: string): Promise<Access | null> {
    if (oauth === null) return null;
    const look = () => this.accounts.access(userId, store.id, oauth);
    const first = await look();
    if (!first) return null;
    let known: { row: AccessRow; at: number } = { row: first, at: performance.now() };
    let isUnused = false;
    let given: number | null = null;
    let refused: number | null = null;
    let refusals = 0;
    const next = async (): Promise<AccessRow | undefined> => {
      // Whoever asks a second time for one token waits for somebody: only a look tells.
      const mayHold = isUnused && performance.now() - known.at < LOOK_HOLDS_MS;
      isUnused = false;
      if (mayHold) return known.row;
      const [at, row] = [performance.now(), await look()];
      if (row) known = { row, at };
      return row;
    };
    return {
      accessToken: async () => {
        // Neither the token nor the one after it: then it is not for want of a fresh one.
        if (refusals > 1) throw mustRelink(store);
        isUnused = true;
        const row = await this.usable(store, oauth, next, refused);
        const token = this.opened(store, row);
        if (row.usedLongAgo) await this.accounts.used(row.id);
        given = row.version;
        return token;
      },
      tokenRefused: () => {
        if (given === refused) return;
        refused = given;
        refusals++;
      },
    };
  }

  /** How shopper and stores stand, of those stores at which an account can be linked; guests have linked none. */
  async statusOf(reader: Reader, shopperId: string, storeIds: string[]): Promise<Map<string, LinkStatus>> {
    if (storeIds.length === 0) return new Map();
    const rows = await this.accounts.statusOf(reader, shopperId, storeIds);
    return new Map(rows.map(({ storeId, status }) => [storeId, status]));
  }

  /** As carts and sessions show it; null where no account can be linked. */
  linkOf(
    { id, linkRequired, tier }: { id: string; linkRequired: boolean; tier?: CheckoutTier },
    status: LinkStatus | null | undefined,
  ): StoreLink | null {
    if (!status) return null;
    const isBySignIn = tier === 'headless';
    const url = `${this.config.PUBLIC_URL}/api/v1/integrations/${id}/${isBySignIn ? 'credentials' : 'link'}`;
    return { required: linkRequired || isBySignIn, status, url };
  }

  /** Keeps what a store gave for a user's account there, in the place of what there was. Gives the account's id. */
  async keep(tx: Tx, userId: string, storeId: string, setting: LinkSetting, tokens: Tokens): Promise<string> {
    const { expiresIn, scopes } = tokens;
    const granted = { expiresIn, scopes: scopes ?? setting.scopes };
    const accountId = await this.accounts.link(tx, userId, storeId, setting, granted);
    forgetSecrets(tx, accountId, null);
    this.keepTokens(tx, await this.vault.keyFor(tx, userId), { accountId, storeId }, tokens);
    await this.events.publish(tx, accountEvent(ACCOUNT_LINKED, { accountId, storeId, userId }));
    return accountId;
  }

  /** A row whose token may be handed out. */
  private async usable(
    store: { id: string; name: string },
    setting: OAuthSetting,
    next: () => Promise<AccessRow | undefined>,
    refused: number | null,
  ): Promise<AccessRow> {
    const until = performance.now() + WAIT_MS;
    for (let came: Refreshed | undefined; ;) {
      const row = await next();
      if (row?.status !== 'active' || !row.isCurrent) throw mustRelink(store);
      const mayBeGiven = row.version !== refused;
      if (row.isFresh && mayBeGiven) return row;
      // A token that has ended as soon as it was given is none.
      came = came === 'done' ? 'failed' : await this.refreshed(store, row, setting);
      if (came === 'none' && !(row.isGood && mayBeGiven)) await this.endGrant(row);
      if ((came === 'none' || came === 'failed') && row.isGood && mayBeGiven) return row;
      if (came === 'failed' || performance.now() > until)
        throw new StoreFault('unavailable', 'no_token', `${store.name} does not renew the sign-in at the moment.`);
      if (came === 'held') await sleep(POLL_MS);
    }
  }

  private opened(store: { id: string; name: string }, row: AccessRow): string {
    try {
      const key = this.vault.unwrap(row.userId, row.wrapped, row.masterKeyId);
      if (row.access !== null) return openSecret(key, placeOf(row, store), 'access_token', row.access);
    } catch (error) {
      this.logger.error({ message: 'token does not open', accountId: row.id, reason: reasonOf(error) });
    }
    throw new StoreFault('unavailable', 'no_token', `The account at ${store.name} cannot be used at the moment.`);
  }

  /** One refresh of these tokens, whoever else wants it. */
  private refreshed(store: { id: string }, row: AccessRow, setting: OAuthSetting): Promise<Refreshed> {
    const name = `${row.id} ${row.version}`;
    const present = this.refreshing.get(name);
    if (present) return present;
    const begun = this.refresh(store.id, row, setting)
      .then((outcome) => {
        if (outcome !== 'held' && outcome !== 'none') this.outcomes.inc({ outcome });
        return outcome;
      })
      .finally(() => this.refreshing.delete(name));
    this.refreshing.set(name, begun);
    return begun;
  }

  private async refresh(storeId: string, row: AccessRow, setting: OAuthSetting): Promise<Refreshed> {
    const lease = randomUUID();
    let tokens: Tokens;
    try {
      // Before the claim: a lease outlives one call, not more.
      await this.oauth.prepare(setting);
      const claim = await this.accounts.claimRefresh(row.id, row.version, lease);
      if (!claim) return 'held';
      if (claim.refresh === null) {
        await this.accounts.releaseRefresh(row.id, lease);
        return 'none';
      }
      const key = this.vault.unwrap(row.userId, claim.wrapped, claim.masterKeyId);
      reached('to_refresh', row.id);
      tokens = await this.oauth.refresh(
        setting,
        openSecret(key, placeOf(row, { id: storeId }), 'refresh_token', claim.refresh),
      );
      reached('refreshed', row.id);
    } catch (error) {
      const isOver = error instanceof OAuthFault && error.kind === 'invalid_grant';
      const code = error instanceof OAuthFault ? error.code : reasonOf(error);
      this.logger.warn({ message: 'token not refreshed', accountId: row.id, storeId, code });
      if (isOver) await this.endGrant(row);
      else await this.accounts.releaseRefresh(row.id, lease);
      return isOver ? 'relink' : 'failed';
    }
    await writingSurely(
      () => this.write(storeId, row, setting, tokens),
      (write, reason) => this.logger.warn({ message: 'token not written', accountId: row.id, write, reason }),
    );
    return 'done';
  }

  private async write(storeId: string, row: AccessRow, setting: OAuthSetting, tokens: Tokens): Promise<void> {
    await this.database.transaction(async (tx) => {
      const isWritten = await this.accounts.refreshed(tx, row.id, row.version, tokens);
      if (isWritten) {
        const key = await this.vault.keyFor(tx, row.userId);
        this.keepTokens(tx, key, placeOf(row, { id: storeId }), tokens);
      } else if (!(await this.accounts.stands(tx, row.id))) {
        // Unlinked while the store was asked: these are over too.
        const { issuer, clientId } = setting;
        await this.revocations.add(tx, { storeId, issuer, clientId, tokens });
      }
    });
  }

  private keepTokens(tx: Tx, key: DataKey, place: { accountId: string; storeId: string }, tokens: Tokens): void {
    keepSecret(tx, key, place, 'access_token', tokens.accessToken);
    if (tokens.refreshToken !== null) keepSecret(tx, key, place, 'refresh_token', tokens.refreshToken);
  }

  /** The grant behind these tokens holds no more. */
  private async endGrant(row: AccessRow): Promise<void> {
    await this.database.transaction(async (tx) => {
      const ended = await this.accounts.relink(tx, row.id, row.version);
      if (!ended) return;
      forgetSecrets(tx, row.id, null);
      await this.events.publish(tx, accountEvent(RELINK_NEEDED, { accountId: row.id, ...ended }));
    });
  }
}

function placeOf(row: AccessRow, store: { id: string }): { accountId: string; storeId: string } {
  return { accountId: row.id, storeId: store.id };
}

function mustRelink(store: { name: string }): StoreFault {
  return new StoreFault('relink', 'account_not_linked', `The account at ${store.name} must be linked again.`);
}
