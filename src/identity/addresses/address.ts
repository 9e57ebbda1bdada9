/** A postal address in the clear. */
export interface Address {
  name: string;
  line1: string;
  line2: string | null;
  city: string;
  /** ISO 3166-2 subdivision code without the country where Muse knows the country's (US, CA, AU, BR, MX, IN), else as written. */
  region: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone: string | null;
  lat: number | null;
  lng: number | null;
}
