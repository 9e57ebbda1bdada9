import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, type Caller } from '../../identity';
import { Clock } from '../../platform/clock';
import { Config } from '../../platform/config';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { NotFound } from '../../platform/http';
import type { ForwardingResponse } from './dto/mailbox.response';
import { FORWARDING_CONSENT, MailboxConsents } from './mailbox-consents';
import { MailConsentOutdated, MailInNotOffered } from './mailboxes.errors';

interface ForwardingRow {
  id: string;
  name: string;
  madeAt: Date;
  usedAt: Date | null;
}

const COLUMNS = `id, name, made_at AS "madeAt", used_at AS "usedAt"`;
const SHOW = statement('mail_forwardings.show', `SELECT ${COLUMNS} FROM mail_forwardings WHERE user_id = $1`);
const OPEN = statement(
  'mail_forwardings.open',
  `INSERT INTO mail_forwardings (id, user_id, name) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id RETURNING id`,
);
const ROTATE = statement(
  'mail_forwardings.rotate',
  `UPDATE mail_forwardings SET name = $2, made_at = now(), used_at = NULL WHERE user_id = $1 RETURNING id`,
);
const CLOSE = statement('mail_forwardings.close', `DELETE FROM mail_forwardings WHERE user_id = $1 RETURNING id`);
const OWNER = statement(
  'mail_forwardings.owner',
  `SELECT f.user_id AS "userId", u.email FROM mail_forwardings f JOIN users u ON u.id = f.user_id WHERE f.name = $1 AND u.disabled_at IS NULL`,
);
const USED = statement('mail_forwardings.used', `UPDATE mail_forwardings SET used_at = now() WHERE name = $1`);

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
/** Five bits each: a hundred in all. */
const LENGTH = 20;

/**
 * Addresses at Muse that shoppers forward mail to: one each, which nobody can guess, and which says nothing of whose it is.
 * Errors: MailInNotOffered where Muse has no domain for it; MailConsentOutdated, NotFound; Unauthenticated once the account is
 * closed.
 */
@Injectable()
export class MailForwardings {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: Accounts,
    private readonly clock: Clock,
    private readonly consents: MailboxConsents,
  ) {}

  get isOffered(): boolean {
    return this.config.MAIL_IN_DOMAIN !== undefined;
  }

  async show(userId: string, reader: Reader = this.database): Promise<ForwardingResponse | null> {
    const row = await reader.maybeOne<ForwardingRow>(SHOW, [userId]);
    return row && this.isOffered ? this.shown(row) : null;
  }

  /** The one that there is, or a new one. */
  async open(caller: Caller, { consent }: { consent: string }): Promise<ForwardingResponse> {
    this.assertOffered();
    if (consent !== FORWARDING_CONSENT.version) throw new MailConsentOutdated();
    return this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      const { id: subjectId } = (await tx.maybeOne<{ id: string }>(OPEN, [uuidv7(), userId, newName()]))!;
      const given = { version: consent, givenAt: this.clock.now() };
      this.consents.give(tx, { userId, purpose: 'mail_forwarding', subjectId, ...given });
      return (await this.show(userId, tx))!;
    });
  }

  async rotate(caller: Caller): Promise<ForwardingResponse> {
    this.assertOffered();
    return this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      if (!(await tx.maybeOne(ROTATE, [userId, newName()]))) throw new NotFound('forwarding address');
      return (await this.show(userId, tx))!;
    });
  }

  async close(caller: Caller): Promise<void> {
    const isClosed = await this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      return this.end(tx, userId);
    });
    if (!isClosed) throw new NotFound('forwarding address');
  }

  /** Of a user whose row is locked. False where there is none. */
  async end(tx: Tx, userId: string): Promise<boolean> {
    const row = await tx.maybeOne<{ id: string }>(CLOSE, [userId]);
    if (row) this.consents.withdraw(tx, row.id);
    return row !== undefined;
  }

  /** Whose address it is; undefined for one that is nobody's, or whose account is closed. */
  async ownerOf(address: string): Promise<{ userId: string; email: string; name: string } | undefined> {
    const [name, domain] = address.toLowerCase().split('@');
    if (!name || domain !== this.config.MAIL_IN_DOMAIN?.toLowerCase()) return undefined;
    const row = await this.database.maybeOne<{ userId: string; email: string }>(OWNER, [name]);
    return row && { ...row, name };
  }

  async used(name: string): Promise<void> {
    await this.database.rows(USED, [name]);
  }

  private shown({ name, madeAt, usedAt }: ForwardingRow): ForwardingResponse {
    return { address: `${name}@${this.config.MAIL_IN_DOMAIN}`, madeAt, usedAt };
  }

  private assertOffered(): void {
    if (!this.isOffered) throw new MailInNotOffered();
  }
}

function newName(): string {
  return `u-${Array.from(randomBytes(LENGTH), (byte) => LETTERS[byte & 31]).join('')}`;
}
