import { Injectable, Logger } from '@nestjs/common';
import { Connections } from '../../connections/connections';
import { Database } from '../../../platform/database';
import type { IncomingWebhook, VerifiedWebhook, WebhookVerifier } from '../../following/webhook-verifier';
import { StoreHttp } from '../store-http';
import { WebhookRefused } from '../webhook-refused';
import { verifyAcpWebhook } from './acp-webhook';

/** Webhooks of ACP stores: the address says which store, and its secret whether it was that store. */
@Injectable()
export class AcpWebhookVerifier implements WebhookVerifier {
  readonly protocol = 'acp';
  private readonly logger = new Logger('StoreWebhooks');

  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly http: StoreHttp,
  ) {}

  async verify({ storeId, rawBody, headers }: IncomingWebhook): Promise<VerifiedWebhook | undefined> {
    const connection = storeId === null ? null : await this.connections.of(this.database, storeId);
    if (connection?.store.protocol !== 'acp') return undefined;
    const { store } = connection;
    try {
      const { eventId, order } = verifyAcpWebhook(rawBody, headers, store, {
        mayBeHttp: this.http.mayLeadToHttp(store.baseUrl),
      });
      return { storeId: store.id, eventId, order };
    } catch (error) {
      if (!(error instanceof WebhookRefused)) throw error;
      this.logger.debug({ message: 'webhook refused', storeId, reason: error.reason });
      return undefined;
    }
  }
}
