import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database';
import { Jobs } from '../jobs';
import { MasterKeys } from './master-keys';
import { Vault } from './vault';

const EVERY_MS = 60_000;

/** After a new master key came, wraps every data key by it, batch by batch, while all are in use. */
@Injectable()
export class KeyRotation implements OnModuleInit {
  constructor(
    private readonly masters: MasterKeys,
    private readonly vault: Vault,
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    if (this.masters.hasOlder) this.jobs.every(EVERY_MS, 'crypto.rewrap', async () => void (await this.runOnce()));
  }

  /** Gives how many keys were wrapped anew; once it is zero, the older master keys may be taken out of the configuration. */
  async runOnce(): Promise<number> {
    for (let total = 0; ;) {
      const rewrapped = await this.database.transaction((tx) => this.vault.rewrap(tx));
      if (rewrapped === 0) return total;
      total += rewrapped;
    }
  }
}
