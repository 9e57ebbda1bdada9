import { carrierOf, carriersInText, numberInLink, numbersInText, trackingLink, type CarrierCode } from '../../carriers';
import type { MailFinding } from '../finding';
import { spoken, type Page } from '../mime/page';

type Parcel = MailFinding['parcels'][number];

const MOST = 20;
// Of carriers whose numbers have no known form: what is called so, and looks like one.
const NAMED =
  /(?:(?:track(?:ing)?|evri|dpd|hermes|yodel|inpost|seur|mrw|gls|correos|estafeta|c[oó]digo de env[ií]o|waybill|awb|consignment|parcel|shipment|seguimiento|gu[ií]a(?: de rastreo)?|rastreo|env[ií]o|localizador|expedici[oó]n|suivi|paket|sendungs?)[ -]?(?:number|no\b\.?|nr\.?|num(?:ber)?\b\.?|id\b|code|ref(?:erence)?|#|nummer)?|n(?:[.º°ª]{1,3}|[uú]mero|\.) ?(?:de )?(?:seguimiento|gu[ií]a|rastreo|env[ií]o)|num[ée]ro de suivi)[\s:#.\-()]*(?:is|es)?[\s:#]*([A-Z0-9](?:[A-Z0-9-]| (?=\d)){7,38}[A-Z0-9])(?![A-Za-z0-9])/giu;

/** The parcels that a mail names: in its words, or only in its links. */
export function parcelsOf(subject: string, page: Page, sender: CarrierCode | null): Parcel[] {
  const text = [subject, ...page.lines.map(spoken)].join('\n');
  const inLinks = page.links.flatMap(({ url }) => numberInLink(url) ?? []);
  const known: CarrierCode[] = [
    ...(sender ? [sender] : []),
    ...inLinks.map(({ carrier }) => carrier),
    ...carriersInText(text),
  ];
  const found = [...numbersInText(text, { carriers: [...new Set(known)] }), ...inLinks];
  const parcels = new Map<string, Parcel>();
  for (const { carrier, trackingNumber } of found) {
    if (parcels.size >= MOST || parcels.has(trackingNumber)) continue;
    parcels.set(trackingNumber, { carrier, trackingNumber, trackingUrl: trackingLink(carrier, trackingNumber) });
  }
  if (parcels.size > 0) return [...parcels.values()];
  for (const match of text.matchAll(NAMED)) {
    const trackingNumber = match[1]!.replace(/[\s-]/g, '').toUpperCase();
    if (trackingNumber.replace(/\D/g, '').length < 6 || parcels.size >= MOST) continue;
    const carrier = sender ?? carrierIn(page.lines.map(spoken));
    parcels.set(trackingNumber, {
      carrier,
      trackingNumber,
      trackingUrl: carrier && trackingLink(carrier, trackingNumber),
    });
  }
  return [...parcels.values()];
}

/** Who carries, by the words for it. */
function carrierIn(lines: string[]): string | null {
  const named = lines.flatMap(
    (line) =>
      /(?:carrier|courier|shipped (?:via|with|by)|transportista|paqueter[ií]a|mensajer[ií]a|enviado (?:por|con)|env[ií]o (?:por|con))\s*:?\s*(\p{L}[\p{L} .&-]{1,30})/iu.exec(
        line,
      )?.[1] ?? [],
  );
  const code = named.map((name) => carrierOf(name)).find(Boolean);
  return code ?? carriersInText(lines.join('\n'))[0] ?? named[0]?.trim().toLowerCase().replace(/\s+/g, '_') ?? null;
}
