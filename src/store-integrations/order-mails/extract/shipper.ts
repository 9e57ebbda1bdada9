import type { MailContext } from '../finding';
import { seen, spoken, type Page } from '../mime/page';
import { label } from '../rules/rules';
import { labelled } from './labelled';

const IS_LABEL = new RegExp(`^[^\\p{L}]*(?:${label('shipper')})[^\\p{L}]*$`, 'iu');
const OF =
  /(?:package|parcel|shipment|delivery|order|items?|waybill number \S+|paquete|env[ií]o|pedido|sendung|paket|colis|\b[\d\w]*\d{6,})(?: \(?#?[\w-]{6,40}\)?)? (?:from|de|von|por|en provenance de) (?=\S)|\b(?:expédié|envoyé|enviad[oa]|sent|shipped|dispatched|versendet) (?:par|por|by|von) (?=\S)/giu;
const YOUR = /\b(?:your|tu|su|ihre?|votre) (?=\S)/giu;
// A name begins with a capital or a figure, and so do the words in it.
const NAME =
  /^(?!(?:the|our|your|us|la|el|un|una|der|die)\b)(?:\p{Lu}|\d)[\p{L}\d&'.-]*(?: (?:(?:\p{Lu}|\d)[\p{L}\d&'.-]*|&|y|of|the|de|and|by)(?=\s|$|[,.!:)])){0,5}/u;
const NOT_A_NAME =
  /^\d+$|^(?:usps|ups|fedex|dhl|dpd|evri|gls|seur|correos|royal mail|us|united states|tracking|sender|shipper|new|next|scheduled|upcoming|recent|\p{L})$/iu;

/** Who sent a parcel, where the carrier says it. */
export function shipperIn(
  page: Page,
  subject: string,
  context: MailContext,
): { name: string | null; domain: string | null } {
  const named = labelled(page.lines, label('shipper')).find(
    ({ value, label: before }) => IS_LABEL.test(before) && looksLikeName(value),
  );
  const texts = [subject, ...page.lines.map(spoken)];
  const said =
    texts.flatMap((line) => namesAfter(line, OF)).find(looksLikeName) ?? texts.flatMap(namedParcel).find(looksLikeName);
  const name =
    (named?.value ?? said)
      ?.replace(/[.,;:]+$/, '')
      .split('\t')[0]
      ?.trim()
      .slice(0, 100) ?? null;
  return { name, domain: name && domainOf(name, context) };
}

function namesAfter(line: string, pattern: RegExp): string[] {
  return [...line.matchAll(pattern)].flatMap(
    (match) =>
      NAME.exec(line.slice(match.index + match[0].length))?.[0].replace(/ (?:y|of|the|de|and|by|&)$/u, '') ?? [],
  );
}

/** "Your Boden parcel": what stands between, if it is a name. */
function namedParcel(line: string): string[] {
  return [...line.matchAll(YOUR)].flatMap((match) => {
    const rest = line.slice(match.index + match[0].length);
    const name = NAME.exec(rest)?.[0] ?? '';
    const cut = name.replace(/\s*(?:Package|Parcel|Order|Shipment|Delivery|Paket|Sendung|Item)$/u, '');
    const follows =
      cut !== name || /^\s*(?:package|parcel|order|shipment|delivery|paket|sendung)\b/iu.test(rest.slice(name.length));
    if (follows && cut) return [cut];
    const behind = /^(?:colis|paquete|pedido|env[ií]o|commande) (?=\S)/iu.exec(rest)?.[0];
    return behind ? (NAME.exec(rest.slice(behind.length))?.[0] ?? []) : [];
  });
}

function looksLikeName(value: string): boolean {
  return (
    /\p{L}{2}/u.test(value) &&
    value.length <= 60 &&
    !NOT_A_NAME.test(value.trim()) &&
    !/^(?=.*\d{5})[A-Z0-9]+$/.test(value.trim()) &&
    !/@|https?:/.test(value) &&
    seen(value) !== ''
  );
}

/** Of a store that is known by this very name. */
function domainOf(name: string, context: MailContext): string | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const own = context.stores.find((store) => plain(store.name) === plain(name));
  return own?.domains[0] ?? null;
}
