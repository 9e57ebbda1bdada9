import { randomUUID } from 'node:crypto';
import type { SandboxStore } from '../store';
import type { Forgery, Notification, Signer } from '../webhooks/outbox';
import { signForeign, type Keys } from './keys';
import { orderBody } from './orders';
import { digestOf, signed } from './signatures';

const OLD_SECONDS = 3600;

/** Order webhooks of UCP: the whole order, Standard Webhooks' headers, signed after RFC 9421 with the store's own key. */
export function webhooksOf(store: SandboxStore, keys: Keys): Signer {
  return {
    notify: (order, first) => ({
      ...{ id: randomUUID(), at: store.clock.seconds(), type: first ? 'order_created' : 'order_updated' },
      body: JSON.stringify(orderBody(store, order)),
    }),
    sign: (notification, forgery) => signedWebhook(store, keys, notification, forgery),
  };
}

function signedWebhook(store: SandboxStore, keys: Keys, { id, at, url, body }: Notification, forgery: Forgery | null) {
  const { host, pathname, search } = new URL(url);
  const timestamp = String(forgery === 'old' ? at - OLD_SECONDS : at);
  const plain: Record<string, string> = {
    ...{ 'content-type': 'application/json', 'user-agent': 'Sandbox-Store/1.0' },
    ...{ 'ucp-agent': `profile="${store.baseUrl}/.well-known/ucp"`, 'content-digest': digestOf(body) },
    ...{ 'webhook-id': id, 'webhook-timestamp': timestamp },
  };
  const header = (name: string): [string, string] => [name, plain[name]!];
  const components: [string, string][] = [
    ...([['@method', 'POST']] as [string, string][]),
    ['@authority', host.toLowerCase()],
    ['@path', pathname],
    ...(search === '' ? [] : ([['@query', search]] as [string, string][])),
    ...['ucp-agent', 'webhook-id', 'webhook-timestamp', 'content-digest', 'content-type'].map(header),
  ];
  const sign = forgery === 'foreign_key' ? signForeign : (base: string) => keys.sign(base);
  const created = forgery === 'old' ? store.clock.seconds() - OLD_SECONDS : store.clock.seconds();
  const signature = forgery === 'unsigned' ? {} : signed(components, { created, keyid: keys.kid, sign });
  // The digest is of what was signed; what is sent says something else.
  const sent = forgery === 'changed_body' ? body.replace('"processing"', '"delivered"').replace('{', '{ ') : body;
  return { headers: { ...plain, ...signature }, body: sent };
}
