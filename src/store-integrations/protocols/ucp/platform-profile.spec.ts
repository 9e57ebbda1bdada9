import { platformProfile, profileUrl, type SigningJwk } from './platform-profile';
import { CAPABILITIES, UCP_VERSIONS } from './ucp-versions';

const KEY: SigningJwk = { kid: 'k', kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', use: 'sig', alg: 'ES256' };

describe.each(UCP_VERSIONS)('Our profile of %s', (version) => {
  const profile = platformProfile('https://muse.example', version, [KEY]) as {
    ucp: {
      version: string;
      capabilities: Record<string, { version: string; spec: string; schema: string; config?: object }[]>;
    };
    keys: object[];
    signing_keys: object[];
  };

  it('is of that version alone, with all that it says', () => {
    expect(profile.ucp.version).toBe(version);
    const all = Object.values(profile.ucp.capabilities).flat();
    expect(all).toHaveLength(CAPABILITIES.length);
    for (const capability of all) {
      expect(capability.version).toBe(version);
      expect(capability.spec.startsWith(`https://ucp.dev/${version}/specification/`)).toBe(true);
      expect(capability.schema.startsWith(`https://ucp.dev/${version}/schemas/`)).toBe(true);
    }
  });

  it('says where orders are told of', () => {
    expect(profile.ucp.capabilities['dev.ucp.shopping.order']![0]!.config).toEqual({
      webhook_url: 'https://muse.example/api/v1/webhooks/ucp',
    });
  });

  it('names its keys where either version looks for them', () => {
    expect([profile.keys, profile.signing_keys]).toEqual([[KEY], [KEY]]);
  });
});

it('Our newest profile stands at the well-known place, those of before below it', () => {
  expect(UCP_VERSIONS.map((version) => profileUrl('https://muse.example', version))).toEqual([
    'https://muse.example/.well-known/ucp',
    'https://muse.example/.well-known/ucp/2026-04-08',
  ]);
});
