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

/** The subdivisions of the countries where a parcel needs one and tax depends on it: code → name. */
const REGIONS: Record<string, Record<string, string>> = {
  US: named(
    'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|' +
      'GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|' +
      'MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|' +
      'NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|' +
      'RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|' +
      'WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|GU Guam|VI U.S. Virgin Islands|AS American Samoa|' +
      'MP Northern Mariana Islands|AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific',
  ),
  CA: named(
    'AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|' +
      'NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon',
  ),
  AU: named(
    'ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|SA South Australia|' +
      'TAS Tasmania|VIC Victoria|WA Western Australia',
  ),
  BR: named(
    'AC Acre|AL Alagoas|AP Amapa|AM Amazonas|BA Bahia|CE Ceara|DF Distrito Federal|ES Espirito Santo|GO Goias|MA Maranhao|' +
      'MT Mato Grosso|MS Mato Grosso do Sul|MG Minas Gerais|PA Para|PB Paraiba|PR Parana|PE Pernambuco|PI Piaui|RJ Rio de Janeiro|' +
      'RN Rio Grande do Norte|RS Rio Grande do Sul|RO Rondonia|RR Roraima|SC Santa Catarina|SP Sao Paulo|SE Sergipe|TO Tocantins',
  ),
};

// Where a region is needed but any name of one is taken.
const REGION_REQUIRED = new Set([...Object.keys(REGIONS), 'CN', 'IN', 'MX']);

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
  const known = REGIONS[country];
  if (!known || Object.hasOwn(known, region)) return undefined;
  return `region is not one of ${country}: give a code such as ${Object.keys(known)[0]}`;
}

/** The code of a region that is written out or in small letters, where Muse knows the country's; else as it is. */
export function regionCode(country: unknown, region: string): string {
  const known = typeof country === 'string' && Object.hasOwn(REGIONS, country) ? REGIONS[country]! : undefined;
  if (!known) return region;
  const upper = region.toUpperCase();
  if (Object.hasOwn(known, upper)) return upper;
  const folded = fold(region);
  return Object.keys(known).find((code) => fold(known[code]!) === folded) ?? region;
}

function named(list: string): Record<string, string> {
  return Object.fromEntries(
    list.split('|').map((entry) => [entry.slice(0, entry.indexOf(' ')), entry.slice(entry.indexOf(' ') + 1)]),
  );
}

/** Without accents and case: Québec is Quebec. */
function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
