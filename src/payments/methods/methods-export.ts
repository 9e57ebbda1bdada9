import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, exportSection, inPages, type Exported } from '../../identity';
import { Database, statement } from '../../platform/database';
import { ExportedPaymentCustomerResponse, ExportedPaymentMethodResponse } from './dto/exported-method.response';

const METHODS = exportSection('paymentMethods', ExportedPaymentMethodResponse, 'What was paid with, or could be');
const CUSTOMERS = exportSection('paymentCustomers', ExportedPaymentCustomerResponse, 'Where payment methods are saved');

const METHOD_ROWS = statement(
  'methods.export',
  `SELECT id, kind, brand, last4, exp_month AS "expMonth", exp_year AS "expYear", is_default AS "isDefault", created_at AS "createdAt",
          provider, single_use AS "singleUse", removed_at AS "removedAt"
     FROM payment_methods WHERE shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);
const CUSTOMER_ROWS = statement(
  'methods.export_customers',
  `SELECT provider, created_at AS "createdAt" FROM payment_customers WHERE user_id = $1`,
);

/** The part of payment methods in a user's export. The provider's tokens are left out: with them, money can be asked for. */
@Injectable()
export class MethodsExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: METHODS,
      tables: { payment_methods: true, payment_setups: 'an intent to save a method: an id, deleted after 30 days' },
      read: (of) => this.methods(of),
    });
    this.exports.register({
      section: CUSTOMERS,
      tables: { payment_customers: true },
      read: ({ userId }) => this.database.rows<ExportedPaymentCustomerResponse>(CUSTOMER_ROWS, [userId]),
    });
  }

  private methods({ shopperIds }: Exported): AsyncIterable<ExportedPaymentMethodResponse> {
    return inPages<ExportedPaymentMethodResponse, ExportedPaymentMethodResponse>(
      (after, limit) => this.database.rows(METHOD_ROWS, [shopperIds, after?.id ?? null, limit]),
      (row) => row,
    );
  }
}
