/** Carriers that are known by name. `post`: the post of a country that has no name of its own here. */
export type CarrierCode =
  | 'ups'
  | 'usps'
  | 'fedex'
  | 'dhl'
  | 'dhl_ecommerce'
  | 'ontrac'
  | 'lasership'
  | 'amazon'
  | 'canada_post'
  | 'royal_mail'
  | 'laposte'
  | 'correos'
  | 'australia_post'
  | 'dpd'
  | 'gls'
  | 'evri'
  | 'seur'
  | 'mrw'
  | 'zoom'
  | 'purolator'
  | 'post';

/** What is known of a carrier. */
export interface Carrier {
  /** As people write it. */
  name: string;
  /** Other names, in lower case, words apart. */
  aliases: readonly string[];
  /** Registrable domains of its site and mail. */
  domains: readonly string[];
  /** Its tracking page up to the number; null: none that opens with one. */
  page: string | null;
}

export const CARRIERS: Readonly<Record<CarrierCode, Carrier>> = {
  ups: {
    name: 'UPS',
    aliases: ['united parcel service'],
    domains: ['ups.com', 'upsemail.com'],
    page: 'https://www.ups.com/track?tracknum=',
  },
  usps: {
    name: 'USPS',
    aliases: ['united states postal service', 'us postal service', 'u s postal service', 'us mail', 'u s mail'],
    domains: ['usps.com', 'usps.gov'],
    page: 'https://tools.usps.com/go/TrackConfirmAction?tLabels=',
  },
  fedex: {
    name: 'FedEx',
    aliases: ['federal express', 'fed ex'],
    domains: ['fedex.com'],
    page: 'https://www.fedex.com/fedextrack/?trknbr=',
  },
  dhl: {
    name: 'DHL',
    aliases: ['dhl express', 'dhl paket', 'dhl parcel', 'deutsche post'],
    domains: ['dhl.com', 'dhl.de', 'dhl.es', 'dhl.co.uk', 'dhl.fr', 'deutschepost.de'],
    page: 'https://www.dhl.com/en/express/tracking.html?AWB=',
  },
  dhl_ecommerce: {
    name: 'DHL eCommerce',
    aliases: ['dhl e commerce', 'dhl global mail', 'dhl globalmail', 'dhl smartmail'],
    domains: ['dhlecommerce.com', 'dhlglobalmail.com'],
    page: 'https://webtrack.dhlecs.com/orders?trackingNumber=',
  },
  ontrac: {
    name: 'OnTrac',
    aliases: ['on trac'],
    domains: ['ontrac.com'],
    page: 'https://www.ontrac.com/tracking/?number=',
  },
  lasership: {
    name: 'LaserShip',
    aliases: ['laser ship'],
    domains: ['lasership.com'],
    page: 'https://www.lasership.com/track/',
  },
  amazon: {
    name: 'Amazon Logistics',
    aliases: ['amazon', 'amzl', 'amzl us', 'amazon shipping'],
    // Its hosts are those of a shop: a link there says nothing of who carries.
    domains: [],
    page: 'https://track.amazon.com/tracking/',
  },
  canada_post: {
    name: 'Canada Post',
    aliases: ['postes canada', 'canada post postes canada'],
    domains: ['canadapost.ca', 'canadapost-postescanada.ca'],
    page: 'https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=',
  },
  royal_mail: {
    name: 'Royal Mail',
    aliases: ['royalmail', 'parcelforce', 'parcelforce worldwide'],
    domains: ['royalmail.com', 'parcelforce.com'],
    page: 'https://www.royalmail.com/track-your-item#/tracking-results/',
  },
  laposte: {
    name: 'La Poste',
    aliases: ['colissimo', 'chronopost'],
    domains: ['laposte.fr', 'laposte.net', 'colissimo.fr', 'chronopost.fr'],
    page: 'https://www.laposte.fr/outils/suivre-vos-envois?code=',
  },
  correos: {
    name: 'Correos',
    aliases: ['correos express', 'correos de espana', 'correos españa'],
    domains: ['correos.es', 'correosexpress.com'],
    page: 'https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number=',
  },
  australia_post: {
    name: 'Australia Post',
    aliases: ['auspost', 'aus post', 'startrack'],
    domains: ['auspost.com.au'],
    page: 'https://auspost.com.au/mypost/track/#/details/',
  },
  dpd: {
    name: 'DPD',
    aliases: ['dpd uk', 'dynamic parcel distribution'],
    domains: ['dpd.com', 'dpd.co.uk', 'dpd.de', 'dpd.fr'],
    page: 'https://tracking.dpd.de/status/en_US/parcel/',
  },
  gls: {
    name: 'GLS',
    aliases: ['general logistics systems'],
    domains: ['gls-group.com', 'gls-group.eu', 'gls-spain.es'],
    page: 'https://gls-group.com/track/',
  },
  evri: {
    name: 'Evri',
    aliases: ['hermes', 'myhermes'],
    domains: ['evri.com'],
    page: 'https://www.evri.com/track/parcel/',
  },
  seur: {
    name: 'SEUR',
    aliases: [],
    domains: ['seur.com'],
    page: 'https://www.seur.com/livetracking/?segOnlineIdentificador=',
  },
  mrw: { name: 'MRW', aliases: [], domains: ['mrw.es', 'mrw.com.ve'], page: null },
  zoom: { name: 'Zoom', aliases: ['grupo zoom', 'zoom envios'], domains: ['zoom.red', 'zoomenvios.com'], page: null },
  purolator: {
    name: 'Purolator',
    aliases: [],
    domains: ['purolator.com'],
    page: 'https://www.purolator.com/en/shipping/tracker?pin=',
  },
  post: { name: 'Post', aliases: [], domains: [], page: null },
};

/** Whose parcels of international post (S10) are by the country at the end of the number. */
export const POST_OF: Readonly<Partial<Record<string, CarrierCode>>> = {
  ...{ US: 'usps', CA: 'canada_post', GB: 'royal_mail', DE: 'dhl', FR: 'laposte', ES: 'correos', AU: 'australia_post' },
};

const CODES = Object.keys(CARRIERS) as CarrierCode[];
/** By name without case, spaces and punctuation. */
const BY_NAME = new Map<string, CarrierCode>();
/** By the words of a name, longer names first. */
const BY_WORDS: { words: string; code: CarrierCode }[] = [];
for (const code of CODES) {
  for (const name of [CARRIERS[code].name, code, ...CARRIERS[code].aliases]) {
    BY_NAME.set(squeezed(name), code);
    // Every post is one, and every day has an hour for Zoom: only the whole name counts.
    if (code !== 'post' && code !== 'zoom') BY_WORDS.push({ words: ` ${wordsOf(name)} `, code });
  }
}
BY_WORDS.sort((a, b) => b.words.length - a.words.length);
const BY_DOMAIN = new Map(CODES.flatMap((code) => CARRIERS[code].domains.map((domain) => [domain, code] as const)));

/** Which carrier a name means, service names included ("UPS Ground"); null for one that is not known. */
export function carrierOf(name: string): CarrierCode | null {
  const whole = BY_NAME.get(squeezed(name));
  if (whole) return whole;
  const words = ` ${wordsOf(name)} `;
  return BY_WORDS.find((one) => words.includes(one.words))?.code ?? null;
}

/** A carrier's name in its normal form; one that is not known stays as it is, without spaces around. */
export function carrierName(name: string): string {
  const code = carrierOf(name);
  if (code === null) return name.trim();
  // A service of it is it, another carrier's name beside it is no matter.
  return CARRIERS[code].name;
}

/** The carrier whose site or mail a host belongs to; null for others. */
export function carrierOfHost(host: string): CarrierCode | null {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  for (let from = 0; from < labels.length - 1; from += 1) {
    const code = BY_DOMAIN.get(labels.slice(from).join('.'));
    if (code) return code;
  }
  return null;
}

function squeezed(name: string): string {
  return wordsOf(name).replaceAll(' ', '');
}

function wordsOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
