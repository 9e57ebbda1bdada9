import type { MailContext } from '../finding';
import { seen, spoken, type Page } from '../mime/page';
import { label } from '../rules/rules';
import { labelled } from './labelled';

const IN_WORDS =
  /(?:(?:package|parcel|shipment|delivery|order|item|waybill number \S+|paquete|env[ií]o|pedido|sendung|paket|colis)(?: \(?[\w#-]{6,40}\)?)?|[\d\w]{8,}) (?:from|de|von) (?!(?:the|our|your|us|la|el|un|una)\b)((?:\p{Lu}|\d)[\p{L}\d&'.’-]*(?:[ ](?:(?:\p{Lu}|\d)[\p{L}\d&'.’-]*|&|y|of|the|de|and)){0,5})/u;
const NOT_A_NAME = /^\d+$|^(?:usps|ups|fedex|dhl|us|united states|tracking|sender|shipper|\p{L})$/iu;

/** Who sent a parcel, where the carrier says it. */
export function shipperIn(
  page: Page,
  subject: string,
  context: MailContext,
): { name: string | null; domain: string | null } {
  const named = labelled(page.lines, label('shipper')).find(
    ({ value, label: before }) => /^[^\p{L}]*(?:\p{L}+\s?){1,2}[^\p{L}]*$/u.test(before) && looksLikeName(value),
  );
  const said = [subject, ...page.lines.map(spoken)]
    .flatMap((line) => IN_WORDS.exec(line)?.[1] ?? [])
    .find(looksLikeName);
  const name =
    (named?.value ?? said)
      ?.replace(/[.,;:]+$/, '')
      .split('\t')[0]
      ?.trim()
      .slice(0, 100) ?? null;
  return { name, domain: name && domainOf(name, context) };
}

function looksLikeName(value: string): boolean {
  return (
    /\p{L}{2}/u.test(value) &&
    value.length <= 60 &&
    !NOT_A_NAME.test(value.trim()) &&
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
