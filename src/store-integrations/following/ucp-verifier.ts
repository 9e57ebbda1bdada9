import { Injectable } from '@nestjs/common';
import { UcpWebhooks } from '../protocols/ucp/ucp-webhooks';
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
