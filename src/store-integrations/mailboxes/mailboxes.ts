import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, type Caller } from '../../identity';
import { Clock } from '../../platform/clock';
import { Vault, type DataKey } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { Counters, NotFound } from '../../platform/http';
import type { ChangeMailboxRequest, LinkMailboxRequest } from './dto/mailbox.request';
import { MailboxResponse, type MailboxListResponse } from './dto/mailbox.response';
import { MailForwardings } from './mail-forwardings';
import { MailProviders } from './mail-providers';
import { FORWARDING_CONSENT, MAILBOX_CONSENT, MailboxConsents } from './mailbox-consents';
import { MailboxKeeping } from './mailbox-keeping';
import { MailConsentOutdated, MailboxNeedsRelink } from './mailboxes.errors';
import { MOST_MAILBOXES, TRIES_OF_AN_ADDRESS } from './mailboxes.limits';
import {
  MailboxesRepository,
  openFolder,
  openSettings,
  sealFolder,
  sealSettings,
  type MailboxRow,
} from './mailboxes.repository';

/**
 * Mailboxes as their owner sees them. Guarantees: none is read without an agreement to the present text, or before it was seen to
 * open; one that is unlinked is destroyed with what opens it in that very request.
 * Errors: NotFound for another's; MailConsentOutdated, MailboxLimitReached, MailboxNeedsRelink, InvalidField, RateLimited;
 * Unauthenticated once the account is closed.
 */
@Injectable()
export class Mailboxes {
  constructor(
    private readonly database: Database,
    private readonly users: Accounts,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly counters: Counters,
    private readonly mailboxes: MailboxesRepository,
    private readonly keeping: MailboxKeeping,
    private readonly consents: MailboxConsents,
    private readonly providers: MailProviders,
    private readonly forwardings: MailForwardings,
  ) {}

  async list(caller: Caller): Promise<MailboxListResponse> {
    const rows = await this.mailboxes.list(this.database, caller.id, null, MOST_MAILBOXES);
    return {
      data: rows.map((row) => this.shown(row)),
      forwarding: await this.forwardings.show(caller.id),
      offersForwarding: this.forwardings.isOffered,
      providers: this.providers.all.map(({ key, name }) => ({ key, name })),
      consent: MAILBOX_CONSENT,
      forwardingConsent: FORWARDING_CONSENT,
    };
  }

  async show(caller: Caller, id: string): Promise<MailboxResponse> {
    const row = await this.mailboxes.one(this.database, id, caller.id);
    if (!row) throw new NotFound('mailbox');
    return this.shown(row);
  }

  /** Keeps it, to be proved by a sign-in; the same address again takes the place of what was linked. */
  async link(caller: Caller, { password, consent, ...described }: LinkMailboxRequest): Promise<MailboxResponse> {
    if (consent !== MAILBOX_CONSENT.version) throw new MailConsentOutdated();
    const server = this.providers.serverOf(described.address, described);
    await this.countTry(described.address);
    const id = await this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      const given = { version: consent, givenAt: this.clock.now() };
      return this.keeping.keep(tx, userId, { ...described, ...server, provider: null }, { password }, given);
    });
    return this.show(caller, id);
  }

  /** Throws RateLimited. */
  async countTry(address: string): Promise<void> {
    await this.counters.take(TRIES_OF_AN_ADDRESS, this.keeping.nameless(address).toString('base64url'));
  }

  async change(
    caller: Caller,
    id: string,
    { folders, senders, paused }: ChangeMailboxRequest,
  ): Promise<MailboxResponse> {
    await this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      const locked = await this.mailboxes.lock(tx, id, userId);
      const row = locked && (await this.mailboxes.one(tx, id, userId));
      if (!row) throw new NotFound('mailbox');
      if (paused !== undefined && row.status === 'needs_relink') throw new MailboxNeedsRelink();
      const key = await this.vault.keyFor(tx, userId);
      const settings = openSettings(key, row);
      const sealed = senders === undefined ? null : sealSettings(key, id, { ...settings, senders });
      if (folders !== undefined) await this.setFolders(tx, key, row, folders);
      this.mailboxes.change(tx, id, { sealed, status: statusAfter(row, paused) });
    });
    return this.show(caller, id);
  }

  /** What is kept of it is gone with the transaction; whoever is connected lets go within seconds. */
  async unlink(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      if (!(await this.mailboxes.lock(tx, id, userId))) throw new NotFound('mailbox');
      this.end(tx, id);
    });
  }

  /** Of a user whose row is locked. */
  end(tx: Tx, id: string): void {
    this.mailboxes.delete(tx, id);
    this.consents.withdraw(tx, id);
  }

  shown(row: MailboxRow): MailboxResponse {
    const key = this.vault.unwrap(row.userId, row.wrapped, row.masterKeyId ?? '');
    return MailboxResponse.of(
      row,
      openSettings(key, row),
      row.folders.map((folder) => openFolder(key, folder)),
    );
  }

  /** A folder that stays goes on from where it was read to. */
  private async setFolders(tx: Tx, key: DataKey, row: MailboxRow, names: string[]): Promise<void> {
    const present = new Map(row.folders.map((folder) => [openFolder(key, folder), folder.id]));
    const wanted = names.map((name) => {
      const known = present.get(name);
      const id = known ?? uuidv7();
      return { id, sealed: known === undefined ? sealFolder(key, id, name) : null };
    });
    await this.mailboxes.replaceFolders(tx, row.id, [...present.values()], wanted);
  }
}

/** Read again after a pause, it is proved anew only if it never was. */
function statusAfter({ status, provedAt }: MailboxRow, paused: boolean | undefined): MailboxRow['status'] | null {
  if (paused === undefined) return null;
  if (paused) return 'paused';
  if (status !== 'paused') return null;
  return provedAt === null ? 'proving' : 'active';
}
