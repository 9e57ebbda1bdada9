import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database';
import { Accounts, type Asking } from '../accounts/accounts.service';
import { PublicKeyResponse, PublicKeysResponse } from './dto/public-key.response';
import type { PublishKeyRequest } from './dto/publish-key.request';
import { PublicKeys } from './public-keys';

/** A user's own keys. Changes look at the account as it is, not at a token ten minutes old: Unauthenticated once closed. */
@Injectable()
export class UserKeys {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly keys: PublicKeys,
  ) {}

  async list({ id }: Asking): Promise<PublicKeysResponse> {
    return PublicKeysResponse.of(await this.keys.list({ kind: 'user', id }));
  }

  async publish(asking: Asking, body: PublishKeyRequest): Promise<PublicKeyResponse> {
    const key = await this.database.transaction(async (tx) => {
      const { id } = await this.accounts.lockFor(tx, asking);
      return this.keys.publish(tx, { kind: 'user', id }, body);
    });
    return PublicKeyResponse.of(key);
  }

  async retire(asking: Asking): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id } = await this.accounts.lockFor(tx, asking);
      await this.keys.retire(tx, { kind: 'user', id });
    });
  }
}
