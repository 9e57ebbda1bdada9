import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, exportSection, inPages } from '../../identity';
import { Database, statement } from '../../platform/database';
import { AccountsRepository, type AccountRow } from './accounts.repository';
import { ExportedConsentResponse } from './dto/exported.response';
import { IntegrationResponse } from './dto/integration.response';

const INTEGRATIONS = exportSection(
  'linkedStores',
  IntegrationResponse,
  'Accounts at stores that Muse may use: what is kept of them, never the secrets themselves',
);
const CONSENTS = exportSection('storeConsents', ExportedConsentResponse, 'What was agreed to for that, and taken back');

const CONSENT_ROWS = statement(
  'consents.export',
  `SELECT id, store_id AS "storeId", purpose, text_version AS version, given_at AS "givenAt", withdrawn_at AS "withdrawnAt"
     FROM store_consents WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);

/** The part of linked stores in a user's export. */
@Injectable()
export class AccountsExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsRepository,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: INTEGRATIONS,
      tables: { store_accounts: true },
      read: ({ userId }) =>
        inPages<AccountRow, IntegrationResponse>(
          (after, limit) => this.accounts.list(this.database, userId, after?.id ?? null, limit),
          (row) => IntegrationResponse.of(row),
        ),
    });
    this.exports.register({
      section: CONSENTS,
      tables: { store_consents: true },
      read: ({ userId }) =>
        inPages<ExportedConsentResponse & { id: string }, ExportedConsentResponse>(
          (after, limit) => this.database.rows(CONSENT_ROWS, [userId, after?.id ?? null, limit]),
          ({ id: _, ...consent }) => consent,
        ),
    });
    this.exports.leaveOut('store-integrations', {
      store_links: 'links that were begun and not finished: hashes and sealed values, for a day',
    });
  }
}
