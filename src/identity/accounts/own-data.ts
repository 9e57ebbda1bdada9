import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { AddressBook } from '../addresses/address-book';
import { ApiKeys } from '../api-keys/api-keys.service';
import { SavedAddressResponse } from '../dto/address.response';
import { ApiKeyResponse } from '../dto/api-key.response';
import { MeResponse } from '../dto/me.response';
import {
  ExportedAccountResponse,
  ExportedGuestResponse,
  ExportedMailedLinkResponse,
  ExportedNetworkResponse,
  ExportedSignInResponse,
} from '../dto/own-data.response';
import { Unauthenticated } from '../identity.errors';
import { ErasureRegistry } from './erasure-registry';
import { ExportRegistry, byCursor, inPages } from './export-registry';
import { exportSection } from './export-sections';
import { USER_COLUMNS, type UserRow } from './user-row';

const ACCOUNT = exportSection('account', ExportedAccountResponse, 'The account itself: one item');
const ADDRESSES = exportSection('addresses', SavedAddressResponse, 'The address book');
const API_KEYS = exportSection('apiKeys', ApiKeyResponse, 'API keys, without the keys');
const SIGN_INS = exportSection('signIns', ExportedSignInResponse, 'Sign-ins, as long as they are remembered: 90 days');
const NETWORKS = exportSection('knownNetworks', ExportedNetworkResponse, 'From where the account was signed in to');
const MAILED_LINKS = exportSection('mailedLinks', ExportedMailedLinkResponse, 'Links that were mailed to its address');

const ACCOUNT_ROW = statement(
  'identity.export_account',
  `SELECT ${USER_COLUMNS}, email_verified_at AS "emailVerifiedAt", credentials_at AS "credentialsChangedAt", updated_at AS "updatedAt",
          coalesce((SELECT json_agg(json_build_object('id', g.id, 'createdAt', g.created_at, 'claimedAt', g.claimed_at) ORDER BY g.claimed_at)
             FROM guests g WHERE g.claimed_by = users.id), '[]') AS guests
     FROM users WHERE id = $1 AND disabled_at IS NULL`,
);
const SIGN_IN_ROWS = statement(
  'identity.export_sign_ins',
  `SELECT family_id AS id, min(created_at) AS "beganAt", max(created_at) AS "lastRefreshedAt", max(family_expires_at) AS "endsAt",
          CASE WHEN bool_and(used_at IS NOT NULL OR revoked_at IS NOT NULL) THEN max(revoked_at) END AS "endedAt"
     FROM refresh_tokens WHERE user_id = $1 GROUP BY family_id HAVING $2::uuid IS NULL OR family_id > $2 ORDER BY family_id LIMIT $3`,
);
const NETWORK_ROWS = statement(
  'identity.export_networks',
  `SELECT address_hash AS hash, last_seen_at AS "lastSeenAt" FROM known_addresses
    WHERE user_id = $1 AND ($2::bytea IS NULL OR address_hash > $2) ORDER BY address_hash LIMIT $3`,
);
const MAILED_LINK_ROWS = statement(
  'identity.export_mailed_links',
  `SELECT purpose, created_at AS "createdAt", expires_at AS "expiresAt", used_at AS "usedAt" FROM one_time_tokens
    WHERE user_id = $1 ORDER BY purpose`,
);

type AccountRow = UserRow & {
  emailVerifiedAt: Date | null;
  credentialsChangedAt: Date | null;
  updatedAt: Date;
  guests: ExportedGuestResponse[];
};
type SignInRow = ExportedSignInResponse & { id: string };
type NetworkRow = ExportedNetworkResponse & { hash: Buffer };

/** What this module itself holds of a user, for export; and what becomes of its tables, and the platform's, at an erasure. */
@Injectable()
export class OwnData implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly addresses: AddressBook,
    private readonly keys: ApiKeys,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    const { exports } = this;
    exports.register({
      section: ACCOUNT,
      tables: { users: true, guests: true },
      read: ({ userId }) => this.account(userId),
    });
    exports.register({
      section: ADDRESSES,
      tables: { addresses: true },
      read: ({ userId }) =>
        byCursor((cursor, limit) => this.addresses.list(userId, limit, cursor), SavedAddressResponse.ofSaved),
    });
    exports.register({
      section: API_KEYS,
      tables: { api_keys: true },
      read: ({ userId }) => byCursor((cursor, limit) => this.keys.list(userId, limit, cursor), ApiKeyResponse.of),
    });
    exports.register({
      section: SIGN_INS,
      tables: { refresh_tokens: true },
      read: ({ userId }) => this.signIns(userId),
    });
    exports.register({
      section: NETWORKS,
      tables: { known_addresses: true },
      read: ({ userId }) => this.networks(userId),
    });
    exports.register({
      section: MAILED_LINKS,
      tables: { one_time_tokens: true },
      read: ({ userId }) => this.database.rows<ExportedMailedLinkResponse>(MAILED_LINK_ROWS, [userId]),
    });
    exports.leaveOut('identity', {
      shoppers: 'the id alone, which the account shows',
      data_keys: 'the key under which the rest lies, wrapped: a secret',
    });
    exports.leaveOut('platform', {
      events: 'facts of what the other sections show: ids, codes and amounts',
      idempotency_keys: 'copies, for 24 hours, of answers that the caller has had',
      rate_counters: 'how much of a limit is used up, for minutes',
    });
    this.erasures.keep('identity', {
      shoppers: 'an id and a date: what orders and payments stand on, and a pseudonym from then on',
      data_keys: 'a tombstone: the key itself is destroyed, and none is made again',
    });
    this.erasures.keep('platform', {
      events: 'facts in ids, codes and amounts; the id is a pseudonym from then on',
      rate_counters: 'how much of a limit is used up: an id and a time, swept within the hour',
    });
  }

  private async account(userId: string): Promise<ExportedAccountResponse[]> {
    const row = await this.database.maybeOne<AccountRow>(ACCOUNT_ROW, [userId]);
    if (!row) throw new Unauthenticated(true);
    const { emailVerifiedAt, credentialsChangedAt, updatedAt, guests } = row;
    const more = { emailVerifiedAt, credentialsChangedAt, updatedAt, guests };
    return [Object.assign(new ExportedAccountResponse(), MeResponse.of(row), more)];
  }

  private signIns(userId: string): AsyncIterable<ExportedSignInResponse> {
    return inPages<SignInRow, ExportedSignInResponse>(
      (after, limit) => this.database.rows(SIGN_IN_ROWS, [userId, after?.id ?? null, limit]),
      ({ beganAt, lastRefreshedAt, endsAt, endedAt }) => ({ beganAt, lastRefreshedAt, endsAt, endedAt }),
    );
  }

  private networks(userId: string): AsyncIterable<ExportedNetworkResponse> {
    return inPages<NetworkRow, ExportedNetworkResponse>(
      (after, limit) => this.database.rows(NETWORK_ROWS, [userId, after?.hash ?? null, limit]),
      ({ lastSeenAt }) => ({ lastSeenAt }),
    );
  }
}
