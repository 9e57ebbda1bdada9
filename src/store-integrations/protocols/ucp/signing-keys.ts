import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Vault, openJson, sealJson, thumbprintOf, type PublicJwk, type SealedJson } from '../../../platform/crypto';
import { Database, statement, type Tx } from '../../../platform/database';
import { NotFound } from '../../../platform/http';
import { Jobs } from '../../../platform/jobs';
import type { SigningKeyResponse } from './dto/signing-key.response';
import type { SigningJwk } from './platform-profile';

/** Whose data key the private parts lie under: the platform's own, so that a new master key wraps it like all others. */
const SUBJECT = '0190c0de-0000-7000-8000-000000000421';
/** Operators should change keys every 90 days (UCP, Key Rotation). */
const KEY_DAYS = 90;
/** How long a profile may be cached by stores, and more: a new key is published so long before it signs. */
const PUBLISHED_BEFORE = '1 day';
/** What was signed by the key of before is accepted so long, at least. */
const PUBLISHED_AFTER = '7 days';
const ROTATE_EVERY_MS = 3_600_000;
const KEPT_MS = 20_000;

const CURRENT = statement(
  'ucp.current_signing_key',
  `SELECT s.kid, s.sealed, k.wrapped, k.master_key_id AS "masterKeyId"
     FROM ucp_signing_keys s JOIN data_keys k ON k.subject_id = $1
    WHERE s.signs_from <= now() ORDER BY s.signs_from DESC, s.kid LIMIT 1`,
);
const PUBLISHED = statement(
  'ucp.published_signing_keys',
  `SELECT kid, jwk, signs_from AS "signsFrom", created_at AS "createdAt",
          CASE WHEN signs_from > now() THEN 'waiting' WHEN coalesce(succeeded_at > now(), true) THEN 'signing' ELSE 'retired' END AS status
     FROM (SELECT *, lead(signs_from) OVER (ORDER BY signs_from, kid DESC) AS succeeded_at FROM ucp_signing_keys) s
    WHERE coalesce(succeeded_at > now() - interval '${PUBLISHED_AFTER}', true) ORDER BY signs_from DESC, kid`,
);
// One process at a time makes a key; whoever comes second finds it.
const LOCK = statement('ucp.lock_signing_keys', `SELECT pg_advisory_xact_lock(hashtext('ucp_signing_keys'))`);
const NEWEST = statement(
  'ucp.newest_signing_key',
  `SELECT max(signs_from) < now() - make_interval(days => $1) AS "isOld" FROM ucp_signing_keys`,
);
const ADD = statement(
  'ucp.add_signing_key',
  `INSERT INTO ucp_signing_keys (kid, jwk, sealed, signs_from)
   VALUES ($1, $2, $3, now() + CASE WHEN $4 THEN interval '0' ELSE interval '${PUBLISHED_BEFORE}' END)
   RETURNING kid, signs_from AS "signsFrom", created_at AS "createdAt"`,
);
const FORGET = statement(
  'ucp.forget_signing_keys',
  `DELETE FROM ucp_signing_keys s WHERE EXISTS (
     SELECT FROM ucp_signing_keys later WHERE later.signs_from > s.signs_from AND later.signs_from < now() - interval '30 days')`,
);
const WITHDRAW = statement('ucp.withdraw_signing_key', `DELETE FROM ucp_signing_keys WHERE kid = $1`);

export interface SigningKey {
  kid: string;
  key: KeyObject;
}

/**
 * The ES256 keys that Muse signs by. Guarantees: two processes that need the first one get the same; a key is in our
 * profile a day before it signs and a week after its successor began; its private part is stored sealed only, and stays in
 * memory for no more than 20 s.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private kept?: { key: SigningKey; until: number };

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(ROTATE_EVERY_MS, 'ucp signing keys', () => this.rotateOld());
  }

  /** By which requests are signed now; made where there is none. */
  async current(): Promise<SigningKey> {
    if (this.kept && this.kept.until > Date.now()) return this.kept.key;
    const key = (await this.signing()) ?? (await this.first());
    this.kept = { key, until: Date.now() + KEPT_MS };
    return key;
  }

  /** What our profile names, the newest first: those that sign, signed, or will. */
  async published(): Promise<SigningJwk[]> {
    return (await this.rows()).map(({ kid, jwk }) => ({ kid, ...jwk, use: 'sig', alg: 'ES256' }));
  }

  /** The same, as those see them who look after them. */
  async list(): Promise<SigningKeyResponse[]> {
    return (await this.rows()).map(({ kid, status, signsFrom, createdAt }) => ({ kid, status, signsFrom, createdAt }));
  }

  /** Makes the next key where the newest has signed for 90 days, and forgets those that nobody asks for any more. */
  async rotateOld(): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.run(LOCK);
      const newest = await tx.maybeOne<{ isOld: boolean | null }>(NEWEST, [KEY_DAYS]);
      if (newest?.isOld) await this.add(tx, false);
      await tx.run(FORGET);
    });
  }

  /**
   * The next key, whatever the age of the present one. It signs in a day; where others may have a key, that one is gone from
   * the profile and from here, and the next signs at once. Throws NotFound. Afterwards `forget` is to be called.
   */
  async rotate(tx: Tx, compromised?: string): Promise<SigningKeyResponse> {
    await tx.run(LOCK);
    if (compromised !== undefined && (await tx.run(WITHDRAW, [compromised])) === 0) throw new NotFound('key');
    return this.add(tx, compromised !== undefined);
  }

  /** What is kept in memory: other processes see a change 20 s later at the latest. */
  forget(): void {
    delete this.kept;
  }

  private async rows(): Promise<(SigningKeyResponse & { jwk: JsonWebKey })[]> {
    const rows = await this.database.rows<SigningKeyResponse & { jwk: JsonWebKey }>(PUBLISHED);
    if (rows.some(({ status }) => status === 'signing')) return rows;
    await this.first();
    return this.database.rows(PUBLISHED);
  }

  private async signing(): Promise<SigningKey | null> {
    const row = await this.database.maybeOne<{
      kid: string;
      sealed: SealedJson;
      wrapped: Buffer | null;
      masterKeyId: string;
    }>(CURRENT, [SUBJECT]);
    if (!row) return null;
    const dataKey = this.vault.unwrap(SUBJECT, row.wrapped, row.masterKeyId);
    return { kid: row.kid, key: keyOf(openJson<JsonWebKey>(dataKey, placeOf(row.kid), row.sealed)) };
  }

  private async first(): Promise<SigningKey> {
    await this.database.transaction(async (tx) => {
      await tx.run(LOCK);
      if (!(await tx.maybeOne(CURRENT, [SUBJECT]))) await this.add(tx, true);
    });
    const key = await this.signing();
    if (!key) throw new Error('There is no key to sign by');
    return key;
  }

  private async add(tx: Tx, signsAtOnce: boolean): Promise<SigningKeyResponse> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' });
    const jwk = { kty, crv, x, y } as PublicJwk;
    const kid = await thumbprintOf(jwk);
    const dataKey = await this.vault.keyFor(tx, SUBJECT);
    const sealed = sealJson(dataKey, placeOf(kid), { ...jwk, d });
    const added = await tx.maybeOne<Omit<SigningKeyResponse, 'status'>>(ADD, [kid, jwk, sealed, signsAtOnce]);
    return { ...added!, status: signsAtOnce ? 'signing' : 'waiting' };
  }
}

const placeOf = (kid: string) => `ucp_signing_keys:${kid}:sealed`;
const keyOf = (jwk: JsonWebKey): KeyObject => createPrivateKey({ key: jwk, format: 'jwk' });
