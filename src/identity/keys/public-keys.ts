import { Injectable, type OnModuleInit } from '@nestjs/common';
import { readPublicJwk, thumbprintOf, type PublicJwk } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidRequest } from '../../platform/http';
import { ErasureRegistry } from '../accounts/erasure-registry';
import { ExportRegistry } from '../accounts/export-registry';
import { exportSection } from '../accounts/export-sections';
import { KeyIdTaken, KeyLimitReached } from '../identity.errors';
import { keyChanged } from '../identity.events';
import { PublicKeyResponse } from './dto/public-key.response';
import type { PublishKeyRequest } from './dto/publish-key.request';

/** Whose key it is. */
export interface KeySubject {
  kind: 'user' | 'store';
  id: string;
}

/** A published key; `retiredAt` null: the one that things are sealed for. */
export interface PublishedKey {
  kid: string;
  jwk: PublicJwk;
  createdAt: Date;
  retiredAt: Date | null;
}

const KEYS = exportSection(
  'publicKeys',
  PublicKeyResponse,
  'Keys that were published to seal things for, retired ones too',
);

/** Kept of one subject, retired ones included. */
const MOST_KEYS = 50;

const COLUMNS = `kid, jwk, created_at AS "createdAt", retired_at AS "retiredAt"`;
const LIST = statement(
  'identity.public_keys',
  `SELECT ${COLUMNS} FROM public_keys WHERE subject_kind = $1 AND subject_id = $2 ORDER BY retired_at IS NOT NULL, id DESC`,
);
const ACTIVE = statement(
  'identity.active_public_keys',
  `SELECT subject_id AS "subjectId", kid, jwk FROM public_keys
    WHERE subject_kind = $1 AND subject_id = ANY ($2::uuid[]) AND retired_at IS NULL`,
);
// Those who change one subject's keys at once wait for each other: there is one active key at any time.
const SERIALISE = statement(
  'identity.serialise_public_keys',
  `SELECT pg_advisory_xact_lock(hashtextextended('public keys ' || $1::text || ' ' || $2::text, 0)) AS locked`,
);
const RETIRE = statement(
  'identity.retire_public_key',
  `UPDATE public_keys SET retired_at = now() WHERE subject_kind = $1 AND subject_id = $2 AND retired_at IS NULL RETURNING kid`,
);
const ADD = statement(
  'identity.add_public_key',
  `INSERT INTO public_keys (subject_kind, subject_id, kid, jwk) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
);
const FORGET = statement(
  'identity.forget_public_keys',
  `DELETE FROM public_keys WHERE subject_kind = 'user' AND subject_id = $1`,
);

/**
 * Keys that users and stores publish, so that things can be sealed for them. Guarantees: only public parts are kept; a
 * subject has at most one active key; a kid means one key for ever; each change is told as an event.
 */
@Injectable()
export class PublicKeys implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly erasures: ErasureRegistry,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    const tables = { public_keys: true } as const;
    this.erasures.register('public-keys', async (tx, userId) => void (await tx.run(FORGET, [userId])), tables);
    this.exports.register({
      ...{ section: KEYS, tables },
      read: async ({ userId: id }) => (await this.list({ kind: 'user', id })).map((key) => PublicKeyResponse.of(key)),
    });
  }

  /** All of a subject's, the active one first, then the newest. */
  list({ kind, id }: KeySubject, reader: Pick<Tx, 'rows'> = this.database): Promise<PublishedKey[]> {
    return reader.rows<PublishedKey>(LIST, [kind, id]);
  }

  /** The active key of each subject that has one, by subject id. */
  async active(
    reader: Pick<Tx, 'rows'>,
    kind: KeySubject['kind'],
    ids: string[],
  ): Promise<Map<string, { kid: string; jwk: PublicJwk }>> {
    const rows = await reader.rows<{ subjectId: string; kid: string; jwk: PublicJwk }>(ACTIVE, [kind, ids]);
    return new Map(rows.map(({ subjectId, kid, jwk }) => [subjectId, { kid, jwk }]));
  }

  /**
   * Publishes a key in the place of the present one, which is retired. The present one again: the same. Throws
   * InvalidRequest, KeyIdTaken (a kid means one key for ever), KeyLimitReached.
   */
  async publish(
    tx: Tx,
    { kind, id }: KeySubject,
    { jwk: given, kid: wanted }: PublishKeyRequest,
  ): Promise<PublishedKey> {
    const read = readPublicJwk(given);
    if ('fault' in read) throw new InvalidRequest([{ pointer: '/jwk', detail: read.fault }]);
    const kid = wanted ?? (await thumbprintOf(read.jwk));
    await tx.run(SERIALISE, [kind, id]);
    const present = await tx.rows<PublishedKey>(LIST, [kind, id]);
    const same = present.find((key) => key.kid === kid);
    if (same) {
      if (same.retiredAt !== null || !sameKey(same.jwk, read.jwk)) throw new KeyIdTaken();
      return same;
    }
    if (present.length >= MOST_KEYS) throw new KeyLimitReached(MOST_KEYS);
    await tx.run(RETIRE, [kind, id]);
    const added = await tx.maybeOne<PublishedKey>(ADD, [kind, id, kid, JSON.stringify(read.jwk)]);
    await this.events.publish(tx, keyChanged(kind, id, kid));
    return added!;
  }

  /** Retires the active key: nothing can be sealed for this subject any more. Again: the same. */
  async retire(tx: Tx, { kind, id }: KeySubject): Promise<void> {
    await tx.run(SERIALISE, [kind, id]);
    const retired = await tx.maybeOne(RETIRE, [kind, id]);
    if (retired) await this.events.publish(tx, keyChanged(kind, id, null));
  }
}

function sameKey(a: PublicJwk, b: PublicJwk): boolean {
  return a.crv === b.crv && a.x === b.x && (a.crv === 'P-256' ? a.y : '') === (b.crv === 'P-256' ? b.y : '');
}
