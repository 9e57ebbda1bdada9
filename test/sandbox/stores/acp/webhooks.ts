import { createHmac, randomUUID } from 'node:crypto';
import type { SandboxStore } from '../store';
import type { Forgery, Notification, Signer } from '../webhooks/outbox';
import { orderJson } from './orders';

const OLD_SECONDS = 3600;

/** Order events of ACP: `Merchant-Signature: t=…,v1=HMAC-SHA256(t.body)`, signed anew for each attempt. */
export function webhooksOf(store: SandboxStore, secret: () => string): Signer {
  return {
    notify: (order, first) => {
      const type = first ? 'order_create' : 'order_update';
      return {
        id: randomUUID(),
        at: store.clock.seconds(),
        type,
        body: JSON.stringify({ type, data: orderJson(store, order) }),
      };
    },
    sign: ({ id, body }: Notification, forgery: Forgery | null) => {
      const at = store.clock.seconds() - (forgery === 'old' ? OLD_SECONDS : 0);
      const key = forgery === 'foreign_key' ? 'of somebody else' : secret();
      const signature = createHmac('sha256', key).update(`${at}.${body}`).digest('hex');
      const headers: Record<string, string> = {
        ...{ 'content-type': 'application/json', 'user-agent': 'Sandbox-Store/1.0', 'request-id': id },
        timestamp: store.clock.iso(),
        ...(forgery === 'unsigned' ? {} : { 'merchant-signature': `t=${at},v1=${signature}` }),
      };
      const sent = forgery === 'changed_body' ? body.replace('"confirmed"', '"completed"').replace('{', '{ ') : body;
      return { headers, body: sent };
    },
  };
}
