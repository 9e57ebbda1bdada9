import { encoded, withParameters, type LinkLine, type PlatformLinks } from './platform-links';

const PLAIN = /^[A-Za-z0-9._-]+$/;

/**
 * The permalink that a store's UCP profile offers (2026-08-25). `endpoint` as the profile has it. Items are the store's own
 * ids, or what its platform's links call them.
 */
export function ucpPermalink(endpoint: string, ofPlatform: PlatformLinks | null): PlatformLinks {
  return {
    nameOf: (line: LinkLine) => line.externalId ?? ofPlatform?.nameOf(line) ?? null,
    warnings: [],
    carries: ['email', 'postalCode', 'discountCodes'],
    link({ goods, clickId, shared }) {
      const items = goods.map(({ name, quantity }) => `${tokenOf(name)}:${quantity}`).join(',');
      const { email, postalCode, discountCodes = [] } = shared;
      return withParameters(`${endpoint}/${items}`, [
        ...(email ? [`buyer/email=${encoded(email)}`] : []),
        ...(postalCode ? [`context/postal_code=${encoded(postalCode)}`] : []),
        ...discountCodes.map((code, place) => `discounts/codes/${place}=${encoded(code)}`),
        ...(clickId ? [`attribution/ref=${encoded(clickId)}`] : []),
      ]);
    },
    ...(ofPlatform?.page && { page: ofPlatform.page }),
  };
}

/** Nothing of an id is percent-encoded in the path: what is not plain is told by its bytes. */
function tokenOf(id: string): string {
  return PLAIN.test(id) ? id : `~${Buffer.from(id, 'utf8').toString('base64url')}`;
}
