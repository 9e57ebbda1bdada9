import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database';
import { Shutdown } from './shutdown';

const PING = statement('health.ping', 'SELECT 1 AS one');

/** Whether this process can serve: its database answers, and it is not about to stop. */
@Injectable()
export class Readiness {
  constructor(
    private readonly database: Database,
    private readonly shutdown: Shutdown,
  ) {}

  async holds(): Promise<boolean> {
    if (this.shutdown.hasBegun) return false;
    return this.database.rows(PING).then(
      () => !this.shutdown.hasBegun,
      () => false,
    );
  }
}
