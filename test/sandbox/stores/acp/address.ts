import type { Destination } from '../world/checkout';
import type { AcpAddress } from './requests';

/** As ACP writes an address. */
export function addressJson(destination: Omit<Destination, 'id'>): AcpAddress {
  return {
    ...{ name: nameOf(destination), line_one: destination.line1 ?? '', city: destination.city ?? '' },
    ...(destination.line2 === undefined ? {} : { line_two: destination.line2 }),
    ...{
      state: destination.region ?? '',
      country: destination.country ?? '',
      postal_code: destination.postalCode ?? '',
    },
  };
}

export function nameOf({ firstName, lastName }: Omit<Destination, 'id'>): string {
  return [firstName, lastName].filter(Boolean).join(' ');
}
