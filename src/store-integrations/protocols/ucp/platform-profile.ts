import type { JsonWebKey } from 'node:crypto';
import { CAPABILITIES, DOCUMENTS, ORDER, SHOPPING, UCP_VERSIONS, type UcpVersion } from './ucp-versions';

/** Below PUBLIC_URL, and outside the API: a profile's place is part of the protocol. */
export const PROFILE_PATH = '/.well-known/ucp';
/** Where stores tell of orders, below PUBLIC_URL. */
export const WEBHOOK_PATH = '/api/v1/webhooks/ucp';

/**
 * Where our profile of a version stands. A profile is of one version, and a store refuses one that is not its own: so the
 * newest has the well-known place, and each older one its own below it.
 */
export function profileUrl(publicUrl: string, version: UcpVersion): string {
  return `${publicUrl}${PROFILE_PATH}${version === UCP_VERSIONS[0] ? '' : `/${version}`}`;
}

export interface SigningJwk extends JsonWebKey {
  kid: string;
  use: 'sig';
  alg: 'ES256';
}

/**
 * Who Muse is to stores: what it can, where they send orders, and by which keys its requests are signed. `keys` is where
 * 2026-08-25 has them, `signing_keys` where 2026-04-08 does.
 */
export function platformProfile(publicUrl: string, version: UcpVersion, keys: SigningJwk[]): object {
  const documentsOf = (name: string) => {
    const { spec, schema } = DOCUMENTS[version][name]!;
    return { version, spec: `https://ucp.dev/${version}/${spec}`, schema: `https://ucp.dev/${version}/${schema}` };
  };
  const capabilities = CAPABILITIES.map(({ name, extends: parent }): [string, object[]] => [
    name,
    [
      {
        ...documentsOf(name),
        ...(parent !== undefined && { extends: parent }),
        ...(name === ORDER && { config: { webhook_url: `${publicUrl}${WEBHOOK_PATH}` } }),
      },
    ],
  ]);
  return {
    ucp: {
      version,
      services: { [SHOPPING]: [{ ...documentsOf(SHOPPING), transport: 'rest' }] },
      capabilities: Object.fromEntries(capabilities),
      payment_handlers: {},
    },
    keys,
    signing_keys: keys,
  };
}
