import { Injectable } from '@nestjs/common';
import { Unauthenticated } from '../../identity';
import { Database } from '../../platform/database';
import { PaymentProviders } from '../provider';
import { ProviderUnavailable, madeOnce, providerOf } from '../provider-calls';
import { PaymentMethodsRepository } from './payment-methods.repository';
import { Removals } from './removals';

/** Under whom the provider keeps a user's methods. Guarantee: one customer a user, however many ask at once, and none of a person who has been forgotten. */
@Injectable()
export class Customers {
  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly methods: PaymentMethodsRepository,
    private readonly removals: Removals,
  ) {}

  /** The provider's id of the user's customer, made where there is none. Throws Unauthenticated, ProviderUnavailable. */
  async of(userId: string): Promise<string> {
    const known = await this.methods.customerOf(userId);
    return known ?? this.make(userId);
  }

  private async make(userId: string): Promise<string> {
    const provider = providerOf(this.providers);
    const made = await madeOnce({
      intend: async () => {
        const making = await this.methods.intendCustomer(userId, provider.name);
        if (!making) throw new Unauthenticated();
        return making;
      },
      renew: (key) => this.methods.renewCustomer(userId, key),
      find: (askedAt) => provider.findCustomer(userId, askedAt),
      make: (key) => provider.createCustomer(key, userId),
      record: async ({ id }) => {
        const stands = await this.database.transaction(async (tx) => {
          const recorded = await this.methods.recordCustomer(tx, userId, id);
          // Forgotten while the provider was asked.
          if (recorded === undefined)
            await this.removals.add(tx, { kind: 'delete_customer', provider: provider.name, ref: id });
          return recorded;
        });
        if (stands === undefined) throw new Unauthenticated();
        return stands;
      },
    });
    // A customer without a word about the person: nothing that could be refused but for a fault of ours.
    if ('refused' in made) throw new ProviderUnavailable();
    return made.id;
  }
}
