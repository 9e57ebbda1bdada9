import type { Config } from '../../platform/config';
import type { SafeClient } from '../../platform/http-client';
import { MailProviders } from './mail-providers';

const configured = {
  key: 'acme',
  name: 'Acme',
  host: 'imap.acme.example',
  issuer: 'https://acme.example',
  clientId: 'muse',
};
const config = { MAILBOX_PROVIDERS: [{ ...configured, scopes: [] }] } as unknown as Config;
const client = { isSandbox: (url: string) => url === 'http://127.0.0.1:1143' } as unknown as SafeClient;

describe('The servers that speak for a mailbox’s provider', () => {
  const providers = new MailProviders(config, client);

  it.each([
    ['a well-known one', 'imap.gmail.com', 993, ['google.com']],
    ['one that is configured', 'imap.acme.example', 993, []],
    ['a sandbox', '127.0.0.1', 1143, []],
  ])('are believed of %s', (_, host, port, servers) => {
    expect(providers.serversOf(host, port)).toEqual(servers);
  });

  it('are none of any other: a sender could speak in its name', () => {
    expect(providers.serversOf('mail.shopper.example', 993)).toBeNull();
  });
});
