import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock';
import { Database } from '../../platform/database';
import { Connections } from '../connections/connections';
import { verifyAcpWebhook } from '../protocols/acp/acp-webhook';
import { StoreHttp } from '../protocols/store-http';
import { UcpWebhooks } from '../protocols/ucp/ucp-webhooks';
import { WebhookRefused } from '../protocols/webhook-refused';
import type { IncomingWebhook, VerifiedWebhook, WebhookVerifier } from './webhook-verifier';

/** UCP: the sender says in what it signs which business it is, and its profile has the keys. */
@Injectable()
export class UcpVerifier implements WebhookVerifier {
  readonly protocol = 'ucp';

  constructor(private readonly webhooks: UcpWebhooks) {}

  verify({ rawBody, method, path, headers }: IncomingWebhook): Promise<VerifiedWebhook> {
    return this.webhooks.verify(rawBody, method, path, headers);
  }
}

/** ACP: the address says which store it should be, and that store's secret whether it is. */
@Injectable()
export class AcpVerifier implements WebhookVerifier {
  readonly protocol = 'acp';

  constructor(
    private readonly connections: Connections,
    private readonly http: StoreHttp,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async verify({ rawBody, headers, storeId }: IncomingWebhook): Promise<VerifiedWebhook> {
    const connection = storeId === null ? null : await this.connections.of(this.database, storeId);
    if (connection?.store.protocol !== 'acp') throw new WebhookRefused('no such store');
    const { store } = connection;
    const mayBeHttp = this.http.mayLeadToHttp(store.baseUrl);
    const { eventId, order } = verifyAcpWebhook(rawBody, headers, store, { now: this.clock.now().getTime(), mayBeHttp });
    return { storeId: store.id, eventId, order };
  }
}
