import { DomainError } from '../../platform/http';

/** 503: the keys of whoever signed a webhook cannot be had at present; it is to be sent again. Nothing was stored. */
export class WebhookNotVerifiableNow extends DomainError {
  constructor() {
    super(
      'webhook_not_verifiable_now',
      503,
      'The keys to verify it by cannot be had at present; send it again.',
      {},
      [],
      {
        'retry-after': '60',
      },
    );
  }
}
