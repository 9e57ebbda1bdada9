import { domainToUnicode } from 'node:url';
import type { MailContext } from '../finding';
import type { Letter } from '../mime/letter';
import { clean, type Link } from '../mime/page';
import { SENDERS, isAmong, owns, registrable } from '../rules/known-senders';
import { KNOWN, hostOf, type Sender } from './sender';

export interface Suspect {
  letter: Letter;
  sender: Sender | null;
  sentences: string[];
  links: Link[];
  context: MailContext;
  isForwarded: boolean;
}

const NOISE =
  /\b(?:orders?|support|customer|service|care|team|delivery|shipping|shipment|notifications?|updates?|help|account|alerts?|security|billing|no-?reply|confirmations?|parcel|package|express|online|inc|llc|official|soporte|atenci[oó]n|al|cliente|pedidos?|env[ií]os?|paqueter[ií]a|entregas?)\b/giu;
const ACTION =
  /\b(?:track|view|manage|confirm|cancel|verify|update|pay|schedule|reschedule|claim|click|log ?in|sign ?in|review|dispute|re-?deliver\p{L}*|address|order|package|here|release|seguir|rastrear|confirmar?|verificar?|actualizar?|pagar?|cancelar?|aqu[ií]|reprogramar?|direcci[oó]n|pedido|paquete)\b/iu;
const HARMLESS = /unsubscribe|privacy|terms|preferences|contact|help|faq|baja|privacidad|legal|opt.?out/iu;
/** What only a cheat asks for: money for a delivery, data again, at once. */
const DEMANDS: RegExp[] = [
  /\b(?:re-?delivery|customs|clearance|shipping|delivery|handling|storage|import|processing) (?:fees?|charges?|costs?|payment|duty)\b[^.!?]{0,80}(?:\p{Sc}|\d|pay|unpaid|settle|required)|\bpay(?:ing)? (?:the |a |an? small )?[^.!?]{0,30}(?:fee|charge|duty|duties)\b/iu,
  /\b(?:within|in the next|en (?:las )?(?:pr[oó]ximas )?|dentro de (?:las )?)\s?(?:12|24|36|48|72) ?(?:hours?|hrs?|horas)\b[^.!?]*|\b(?:immediately|urgent(?:ly)?|de inmediato|urgente)\b/iu,
  /\b(?:verify|confirm|update|validate|re-?enter) (?:your |the )?(?:account|identity|payment|billing|card|bank|personal|address|shipping|delivery)\b|\b(?:verific|confirm|actualic|actualiz|valid)[ae]r? (?:tu|su|sus|tus|los) (?:cuenta|identidad|datos|pago|tarjeta|direcci[oó]n|informaci[oó]n)/iu,
  /\b(?:account|cuenta)\b[^.!?]{0,40}\b(?:suspended|locked|limited|restricted|on hold|suspendida|bloqueada|restringida)/iu,
  /\b(?:did not|didn't|if you (?:haven't|have not)|not) (?:place|make|authori[sz]e|recogni[sz]e|ordered?)\b[^!?]{0,120}(?:call|phone|cancel|contact|dial|click)|\bno (?:has |ha )?(?:reconoces?|realiz\p{L}+|hecho|autoriz\p{L}+)\b[^!?]{0,120}(?:llam|cancel|clic|contact)/iu,
  /\bcall (?:us |our )?(?:[\p{L}-]+ ){0,6}(?:at |on |now )?[:+(]?\s?\+?1?[\s.(-]*8\d\d|\b(?:fraud|billing|refund) (?:team|department|desk|helpline)\b/iu,
  /\b(?:gift ?card|crypto|bitcoin|wire transfer|social security|password|pin code|cvv|bank details|datos bancarios|contrase[ñn]a)\b/iu,
  /\b(?:pag(?:ar|ue|o de|a) (?:la |los |las |el |una? )?(?:tasa|tarifa|gastos|cargo|arancel|impuesto|costo|coste)|(?:tasa|tarifa|gastos|cargo)s? (?:de |por )(?:aduana|env[ií]o|entrega|reenv[ií]o|reparto)[^.!?]{0,60}(?:\d|pag|pendiente))/iu,
];

/** "Did not order this? Call +1 888 …": the order is made up, the telephone is real. */
const CALL_US =
  /(?:did not|didn't|have not|haven't|not|no) (?:\p{L}+ ){0,2}(?:plac|mak|made|authori|recogni|order|request|reali[cz]|hecho|autoriz)\p{L}*[^!?]{0,160}(?:call|dial|phone|contact|llam)[^!?]{0,60}?\+?\d[\d\s().-]{8,}/iu;
/** Nobody calls a shop so. */
const SERVICE_DOMAIN =
  /(?:^|-)(?:orders?|support|secure|security|verif\p{L}*|deliver\p{L}*|redeliver\p{L}*|track\p{L}*|parcels?|package|customs|billing|invoice|refunds?|account|update|alerts?|login|help|helpdesk|confirm\p{L}*|pedidos?|envios?|entregas?|paquetes?|aduanas?)(?:-|$)/u;

/** Why a mail may be somebody else than it says; null: nothing against it. */
export function suspicionOf(suspect: Suspect): string | null {
  const { sender, context, isForwarded } = suspect;
  if (context.authenticated === 'fail' && !isForwarded) return 'not_authenticated';
  if (!sender) return 'no_sender';
  const demands = DEMANDS.filter((pattern) => suspect.sentences.some((one) => pattern.test(one))).length;
  const isProved = context.authenticated === 'pass' || isForwarded;
  if (isFalseName(sender, suspect.letter.subject, suspect.sentences, context)) return 'false_name';
  if (isLookAlike(sender)) return 'look_alike';
  const actions = suspect.links.filter(({ text, url }) => ACTION.test(text) && !HARMLESS.test(text) && hostOf(url));
  if (suspect.links.some(isOddLink)) return 'odd_link';
  if (suspect.links.some((link) => lies(link, sender))) return 'lying_link';
  const strange = actions.filter(({ url }) => isStrange(url, sender));
  const isAllStrange = actions.length > 0 && strange.length === actions.length;
  if (sender.isFreemail) return 'private_sender';
  const isTrusted = isProved && (sender.store !== null || sender.carrier !== null);
  if (demands >= 2 && !isTrusted) return 'demands';
  if (
    !isTrusted &&
    [suspect.letter.subject, suspect.sentences.join(' ')].some((one) => CALL_US.test(one.slice(0, 6_000)))
  )
    return 'demands';
  const label = sender.domain.split('.')[0]!;
  if (!isTrusted && !sender.isRelay && label.includes('-') && SERVICE_DOMAIN.test(label)) return 'service_domain';
  if (demands >= 1 && isAllStrange) return 'demands';
  if (isAllStrange && !isProved) return 'strange_links';
  const { replyTo } = suspect.letter;
  if (replyTo && demands >= 1 && isAmong(registrable(replyTo.address.split('@').at(-1)!), 'freemail'))
    return 'strange_reply';
  return null;
}

/** Writes under a name, or of "your … order" at a store, whose domain is another's. */
function isFalseName(sender: Sender, subject: string, sentences: string[], context: MailContext): boolean {
  const others = KNOWN.filter((one) => !owns(one, sender.domain));
  const names = [plainName(sender.name)].filter(Boolean);
  const squeezed = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
  const written = names.map(squeezed);
  const claimed = others.find(({ aliases }) => aliases.some((alias) => written.includes(squeezed(folded(alias)))));
  const isOwnStore = sender.store !== null;
  if (claimed && !isOwnStore) return true;
  // An address as a name ("orders@amazon.com" <x@y>) is the oldest trick.
  const inName = /@([\w.-]+)/.exec(sender.name)?.[1];
  if (inName && registrable(inName) !== sender.domain && !sender.isRelay) return true;
  const storeNamed = context.stores.find(
    ({ name, domains }) =>
      name.length > 3 && names.includes(folded(name)) && !domains.some((one) => registrable(one) === sender.domain),
  );
  if (
    storeNamed &&
    !sender.isRelay &&
    !isOwnStore &&
    !sender.domain.includes(folded(storeNamed.name).replace(/ /g, ''))
  )
    return true;
  if (isOwnStore || sender.isRelay || sender.carrier) return false;
  const text = folded([subject, ...sentences.slice(0, 8)].join(' . '));
  // Of stores only: a store's mail speaks of the carrier's package, too.
  return SENDERS.stores.some(
    (one) =>
      !owns(one, sender.domain) &&
      one.domains[0]!.split('.')[0] !== sender.domain.split('.')[0] &&
      one.aliases.some((alias) => {
        const name = folded(alias).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        return new RegExp(
          `\\b(?:your|tu|su) ${name}(?:\\.com)? (?:order|purchase|account|package|prime|pedido|compra|cuenta)\\b`,
        ).test(text);
      }),
  );
}

/** A domain that reads like a known one: amaz0n-orders.com, xn--mazon-wqa.com, ups-delivery.info. */
function isLookAlike({ domain, store, carrier, isRelay }: Sender): boolean {
  if (store || carrier || isRelay) return false;
  const label = folded(domainToUnicode(domain).replace(/\.[^.]+$/, '')).replace(/\.(?:com?|org|net)$/, '');
  const squeezed = label.replace(/[^a-z0-9&]+/g, '');
  const parts = label.split(/[^a-z0-9&]+/).filter(Boolean);
  return KNOWN.filter((one) => !owns(one, domain)).some(({ domains }) => {
    const own = folded(domains[0]!.split('.')[0]!);
    if (own.length < 3) return false;
    const written = domain.split('.')[0]!;
    if (parts.includes(own) && (parts.length > 1 || written !== own)) return true;
    if (own.length >= 5 && label !== own && distanceIsOne(label, own)) return true;
    return (
      own.length >= 6 &&
      squeezed !== own &&
      squeezed.includes(own) &&
      /order|support|secure|verif|account|deliver|ship|track|help|service|refund|pay|alert|login|info|online|customer|parcel|post/.test(
        squeezed.replace(own, ''),
      )
    );
  });
}

function isOddLink({ url }: Link): boolean {
  const host = hostOf(url);
  if (!host) return false;
  return (
    /^[\d.]+$|^\[/.test(host) ||
    host.split('.').some((part) => part.startsWith('xn--')) ||
    /^https?:\/\/[^/]*@/i.test(url)
  );
}

/** Shows one site's address and leads to another's. */
function lies({ text, url }: Link, sender: Sender): boolean {
  const shown = /^(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#]\S*)?$/i.exec(clean(text).trim())?.[1];
  const target = registrable(hostOf(url) ?? '');
  if (!shown || !target) return false;
  const named = registrable(shown);
  if (!named || named === target || target === sender.domain || isService(target)) return false;
  return KNOWN.some((one) => owns(one, named) && !owns(one, target)) || named === sender.domain;
}

function isStrange(url: string, sender: Sender): boolean {
  const host = hostOf(url);
  const domain = host && registrable(host);
  if (!domain) return true;
  if (domain === sender.domain || isService(domain) || sender.isRelay) return false;
  if (sender.known && owns(sender.known, domain)) return false;
  const known = KNOWN.find((one) => owns(one, domain));
  if (known) return false;
  const [own, other] = [sender.domain.split('.')[0]!, domain.split('.')[0]!];
  return !(own.length > 3 && other.includes(own)) && !(other.length > 3 && own.includes(other));
}

function isService(domain: string): boolean {
  return (['relays', 'trackers', 'neutral'] as const).some((list) => isAmong(domain, list));
}

/** What an eye takes for the same. */
export function folded(text: string): string {
  const same: Record<string, string> = {
    '0': 'o',
    '1': 'l',
    '3': 'e',
    '5': 's',
    '@': 'a',
    $: 's',
    а: 'a',
    е: 'e',
    о: 'o',
    р: 'p',
    с: 'c',
    у: 'y',
    х: 'x',
    і: 'i',
    ѕ: 's',
    ԁ: 'd',
    ո: 'n',
    ı: 'i',
    ɑ: 'a',
  };
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[0135@$аеорсухіѕԁոıɑ]/gu, (one) => same[one] ?? one)
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .trim();
}

function plainName(name: string): string {
  return folded(name.replace(/\.(?:com|net|org|co\.uk|es|mx|ca)\b/giu, '').replace(NOISE, ' '))
    .replace(/[^\p{L}\p{N}&']+/gu, ' ')
    .trim();
}

function distanceIsOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const rest = (one: string, skip: number) => one.slice(at + skip);
  return rest(a, 1) === rest(b, 1) || rest(a, 1) === rest(b, 0) || rest(a, 0) === rest(b, 1);
}
