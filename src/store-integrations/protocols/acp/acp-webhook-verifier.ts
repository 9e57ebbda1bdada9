import { Injectable } from '@nestjs/common';
import { Connections } from '../../connections/connections';
import { Database } from '../../../platform/database';
import { StoreHttp } from '../store-http';
import { WebhookRefused } from '../webhook-refused';
import type { IncomingWebhook, VerifiedWebhook, WebhookVerifier } from '../webhook-verifier';
import { verifyAcpWebhook } from './acp-webhook';

/** Webhooks of ACP stores: the address says which store, and its secret whether it was that store. */
@Injectable()
export class AcpWebhookVerifier implements WebhookVerifier {
  readonly protocol = 'acp';

  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly http: StoreHttp,
  ) {}

  async verify({ storeId, rawBody, headers }: IncomingWebhook): Promise<VerifiedWebhook> {
    const connection = storeId === null ? null : await this.connections.of(this.database, storeId);
    if (connection?.store.protocol !== 'acp') throw new WebhookRefused('of no store that speaks ACP');
    const { store } = connection;
    const mayBeHttp = this.http.mayLeadToHttp(store.baseUrl);
    const { eventId, order } = verifyAcpWebhook(rawBody, headers, store, { mayBeHttp });
    return { storeId: store.id, eventId, order };
  }
}
