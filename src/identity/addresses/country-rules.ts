import { isPostalCode } from 'class-validator';

// Countries whose post does not deliver without one (Universal Postal Union's addressing guides). Elsewhere a code may
// be given, and must be of the country's form where the form is known.
const POSTAL_CODE_REQUIRED = new Set(
  (
    'AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HR HU ID IL IN IT JP KR LT LU LV MX MY NL NO NZ PH PL PT RO RU SE SG SI SK ' +
    'TH TR TW UA US ZA'
  ).split(' '),
);

// Forms that validator lacks, or knows only in one of the ways in which people write them.
const FORMS: Record<string, RegExp> = {
  GB: /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/,
  IE: /^[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}$/,
  JP: /^\d{3}-?\d{4}$/,
  LT: /^(LT-)?\d{5}$/,
  LV: /^(LV-)?\d{4}$/,
  VE: /^\d{4}$/,
};

/** Where a parcel needs the region and tax depends on it: one of ISO 3166-2 has to be named. */
const REGION_KNOWN = ['US', 'CA', 'AU', 'BR'];
/** Where one is needed, and named by its code if we know it; people have more names for these than the standard. */
const REGION_REQUIRED = new Set([...REGION_KNOWN, 'CN', 'IN', 'MX']);

/** Names that the post of these countries uses beside those of the standard. */
const ALSO: Record<string, Record<string, string>> = {
  US: {
    AA: 'Armed Forces Americas',
    AE: 'Armed Forces Europe',
    AP: 'Armed Forces Pacific',
    VI: 'U.S. Virgin Islands',
  },
  MX: { CMX: 'CDMX' },
};

let known: Map<string, Map<string, string[]>> | undefined;

/** Country → code → its names. Five thousand regions are read when the first address comes, and not while a process starts. */
function regionsOf(country: string): Map<string, string[]> | undefined {
  known ??= readRegions();
  return known.get(country);
}

function readRegions(): Map<string, Map<string, string[]>> {
  const { iso31662 } = require('iso-3166') as typeof import('iso-3166');
  const all = new Map<string, Map<string, string[]>>();
  for (const country of [...REGION_KNOWN, 'IN', 'MX']) {
    const prefix = `${country}-`;
    const own = iso31662.filter(({ code }) => code.startsWith(prefix));
    const regions = new Map(own.map(({ code, name }) => [code.slice(prefix.length), [name]]));
    for (const [code, name] of Object.entries(ALSO[country] ?? {}))
      regions.set(code, [...(regions.get(code) ?? []), name]);
    all.set(country, regions);
  }
  return all;
}

/** What is wrong with a postal code for a country, or undefined. */
export function postalCodeFault(country: string, postalCode: string | null | undefined): string | undefined {
  if (postalCode === null || postalCode === undefined) {
    return POSTAL_CODE_REQUIRED.has(country) ? `postalCode is required in ${country}` : undefined;
  }
  const fits = hasPostalCodeForm(country, postalCode);
  return fits ? undefined : `postalCode is not one of ${country}`;
}

function hasPostalCodeForm(country: string, postalCode: string): boolean {
  const own = FORMS[country];
  if (own) return own.test(postalCode);
  try {
    return isPostalCode(postalCode, country as 'US');
  } catch {
    // validator throws for a country it has no form of.
    return true;
  }
}

/** What is wrong with a region for a country, or undefined. */
export function regionFault(country: string, region: string | null | undefined): string | undefined {
  if (region === null || region === undefined) {
    return REGION_REQUIRED.has(country) ? `region is required in ${country}` : undefined;
  }
  if (!REGION_KNOWN.includes(country)) return undefined;
  const regions = regionsOf(country)!;
  if (regions.has(region)) return undefined;
  return `region is not one of ${country}: give a code such as ${regions.keys().next().value}`;
}

/** The code of a region that is written out or in small letters, where Muse knows the country's; else as it is. */
export function regionCode(country: unknown, region: string): string {
  const regions = typeof country === 'string' ? regionsOf(country) : undefined;
  if (!regions) return region;
  const upper = region.toUpperCase();
  if (regions.has(upper)) return upper;
  const folded = fold(region);
  for (const [code, names] of regions) if (names.some((name) => fold(name) === folded)) return code;
  return region;
}

/** Without accents and case: Québec is Quebec. */
function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
