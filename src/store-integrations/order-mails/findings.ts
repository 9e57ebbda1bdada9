import type { CarrierCode } from '../carriers';
import { evidence } from './evidence';
import { clickIdsIn } from './click-ids';
import { currencyOf, refundOf, totalOf } from './extract/amounts';
import { deliveryDays } from './extract/delivery-days';
import { itemsOf } from './extract/items';
import { habitsOf } from './extract/money';
import { orderNumbers } from './extract/order-number';
import { parcelsOf } from './extract/parcels';
import { names, partsOf, type Part } from './extract/parts';
import { shipperIn } from './extract/shipper';
import { OFFERED_FROM, type MailContext, type MailFinding, type MailKind, type NothingBecause } from './finding';
import { confidenceOf } from './judge/confidence';
import { kindOf, type KindFound } from './judge/kind';
import { negativeOf, type Negative } from './judge/negative';
import { partialIn } from './judge/partial';
import { senderOf, storeOf, type Sender } from './judge/sender';
import { suspicionOf } from './judge/suspicion';
import type { OpenMail } from './mime/open-mail';
import { spoken } from './mime/page';
import { sentencesOf } from './mime/prose';
import { isAmong } from './rules/known-senders';
import { thingsIn } from './structured/linked-data';
import { toldBy, type Told } from './structured/told';

interface Reader {
  mail: OpenMail;
  context: MailContext;
  sender: Sender | null;
  kind: KindFound | null;
  negative: Negative | null;
  text: string;
}

/** What a mail tells of orders, or why it tells nothing. */
export function findingsIn(mail: OpenMail, context: MailContext): MailFinding[] | NothingBecause {
  const sentences = sentencesOf(mail.page);
  const sender = senderOf(mail.letter.from, context);
  const told = mail.letter.html ? toldBy(thingsIn(mail.letter.html)) : [];
  const kind =
    kindOf(mail.subject, sentences) ??
    (mail.plain && kindOf(mail.subject, sentencesOf(mail.plain))) ??
    kindByParts(mail, sender, context);
  const negative = negativeOf(mail.subject, sentences);
  const isAbout = kind !== null || told.length > 0;
  const suspicion = suspicionOf({
    letter: mail.letter,
    sender,
    sentences,
    links: mail.page.links,
    context,
    isForwarded: mail.isForwarded,
  });
  if (suspicion && (isAbout || suspicion !== 'private_sender')) return 'suspicious';
  if (!isAbout) return negative?.because ?? 'not_about_orders';
  if (sender && isAmong(sender.domain, 'notStores')) return 'not_about_orders';
  const reader = { mail, context, sender, kind, negative, text: sentences.join('\n') };
  const parts = partsOf(mail.subject, mail.page, (sender?.carrier ?? null) as CarrierCode | null);
  const findings = parts.map((part) => findingIn(part, told, reader, parts.length > 1)).filter((one) => one !== null);
  const sure = findings.filter((one) => isWorthIt(one, reader));
  return sure.length > 0 ? sure : (negative?.because ?? 'not_about_orders');
}

/** Of another matter it is only with proof of an order; without number and parcel nothing can be done with it. */
function isWorthIt(finding: MailFinding, { kind, negative, sender, text }: Reader): boolean {
  const isMarked = finding.orderNumber !== null || finding.parcels.length > 0;
  const isStructured = finding.evidence.some(({ by }) => by === 'json_ld' || by === 'microdata');
  const score = kind?.score ?? 0;
  if (negative && !isStructured) {
    if (negative.always) return false;
    // What is neither sent nor fetched is a service.
    const isService = negative.because === 'not_about_orders' && finding.kind === 'ordered' && !GOES.test(text);
    const least = { subject: 9, head: 6, page: 0 }[negative.place];
    if (isService || score < least || (negative.place !== 'page' && !isMarked)) return false;
  }
  // Where nothing says that something was bought, number, sum and goods together have to.
  const isWhole = finding.orderNumber !== null && finding.total !== null && finding.items.length > 0;
  if (finding.kind === 'ordered' && score < 5 && !isStructured && !isWhole) return false;
  // An order of a court or a download has no way to go.
  const isNamed = sender?.store != null || isStructured;
  if (finding.kind === 'ordered' && !isNamed && !(isWhole && negative === null) && !GOES.test(text)) return false;
  const isBought = finding.total !== null && finding.items.length > 0 && score >= 5;
  const isKnown = sender?.store != null || sender?.carrier != null;
  if (!isMarked && !isBought && !(isKnown && score >= 9 && finding.kind !== 'ordered')) return false;
  return finding.confidence >= OFFERED_FROM;
}

/** Of a mail that says nothing plainly: number, sum and goods are a confirmation, a parcel's number and its day are a shipment. */
function kindByParts(
  { subject, page, today }: OpenMail,
  sender: Sender | null,
  context: MailContext,
): KindFound | null {
  const text = page.lines.map(spoken).join('\n');
  const habits = habitsOf(sender ? [sender.domain] : [], text);
  const [number] = orderNumbers(subject, page.lines, () => false);
  const parcels = parcelsOf(subject, page, (sender?.carrier ?? null) as CarrierCode | null);
  const found = (kind: MailKind, excerpt: string): KindFound => ({ kind, score: 5, ruleId: 'parts', excerpt });
  if (
    parcels.length > 0 &&
    (number ||
      sender?.carrier ||
      deliveryDays('shipped', subject, page.lines, { today, dayFirst: isDayFirst(text, null, sender) }))
  )
    return found('shipped', parcels[0]!.trackingNumber);
  const isSure = number !== undefined && number.score >= 3;
  if (
    !isSure ||
    !totalOf(page.lines, habits, currencyOf(page.lines, habits)) ||
    itemsOf(subject, page, habits).length === 0
  )
    return null;
  return context.authenticated === 'fail' ? null : found('ordered', number.excerpt);
}

const GOES =
  /(?<!\p{L})(?:shipp?(?:ing|ed|s|ment)?|deliver(?:y|ed|s)?|arriv\p{L}+|dispatch\p{L}*|track\p{L}*|pick ?up|collect(?:ion)?|env[ií]\p{L}+|entrega\p{L}*|recog\p{L}+|lieferung|versand\p{L}*|liefer\p{L}*|livr\p{L}*|exp[ée]di\p{L}+|post(?:age|ed|al)?|p&p|warehouse|almac[eé]n|address|direcci[oó]n|domicilio|adresse|portes|zustell\p{L}*)(?!\p{L})/iu;

function findingIn({ page, above, ...part }: Part, all: Told[], reader: Reader, isPart: boolean): MailFinding | null {
  const { mail, context, sender } = reader;
  const kind = part.kind ?? reader.kind;
  const { subject } = mail;
  const text = page.lines.map(spoken).join('\n');
  const sentences = sentencesOf(page);
  const told =
    all.length > 1 && isPart ? all.find(({ orderNumber }) => orderNumber && text.includes(orderNumber)) : all[0];
  // Shops often leave the status in the data as it was at first; where it has moved on it is the surer.
  const isLater = told?.kind != null && told.kind !== 'ordered' && (kind === null || kind.kind === 'ordered');
  const kindHere = isLater ? told.kind : (kind?.kind ?? told?.kind);
  if (!kindHere) return null;
  const carrier = (sender?.carrier ?? null) as CarrierCode | null;
  const said = told?.parcels.length ? told.parcels : parcelsOf(subject, page, carrier);
  const own = isPart ? said.filter(({ trackingNumber }) => names(page.lines, trackingNumber)) : said;
  const parcels = kindHere === 'ordered' && !told?.parcels.length ? sureOnly(own, text) : own;
  const isParcel = (value: string) =>
    parcels.some(({ trackingNumber }) => trackingNumber === value.replace(/\W/g, '').toUpperCase());
  const number = orderNumbers(isPart && above.length === 0 ? '' : subject, [...above, ...page.lines], isParcel).find(
    ({ score }) => score >= (carrier ? 4 : 1.5),
  );
  const habits = habitsOf([...(sender ? [sender.domain] : [])], text);
  const currency = currencyOf(page.lines, habits);
  const total = told?.total ?? totalOf(page.lines, habits, currency);
  const refund =
    kindHere === 'refunded' || kindHere === 'cancelled' || kindHere === 'returned'
      ? refundOf(page.lines, sentences, habits, currency)
      : null;
  const items = told?.items.length ? told.items : itemsOf(subject, page, habits);
  const dayFirst = isDayFirst(text, currency, sender);
  const delivery =
    told?.estimatedDelivery ?? deliveryDays(kindHere, subject, page.lines, { today: mail.today, dayFirst });
  const partial = partialIn(subject, sentences) ?? (part.isSome ? (kind?.excerpt ?? '') : null);
  const isFromCarrier = sender?.carrier != null;
  const store = isFromCarrier
    ? shipperIn(page, subject, context)
    : sender
      ? storeOf(sender, page.links, text)
      : { name: null, domain: null };
  const by = told?.by ?? 'text';
  const finding: Omit<MailFinding, 'confidence' | 'evidence'> = {
    kind: kindHere,
    store: { name: (sender?.store ? store.name : (told?.storeName ?? store.name)) ?? null, domain: store.domain },
    carrier: sender?.carrier ?? null,
    orderNumber: told?.orderNumber ?? number?.number ?? null,
    total: isFromCarrier || kindHere === 'refunded' ? null : total && { cents: total.cents, currency: total.currency },
    items: isFromCarrier ? [] : items,
    estimatedDelivery: delivery && { from: delivery.from, to: delivery.to },
    parcels,
    isPartial: partial !== null && kindHere !== 'ordered' && kindHere !== 'delayed',
    refundedCents: refund?.cents ?? null,
    clickIds: clickIdsIn(page.links),
    at: mail.at.toISOString(),
  };
  const list = [
    evidence('kind', kind ? 'rule' : by, kind?.excerpt ?? told?.kind ?? '', kind?.ruleId),
    sender?.store || sender?.carrier ? evidence('store', 'sender', sender.domain) : null,
    finding.orderNumber
      ? evidence('orderNumber', told?.orderNumber ? by : 'text', number?.excerpt ?? finding.orderNumber)
      : null,
    finding.total
      ? evidence(
          'total',
          told?.total ? by : 'text',
          (total as { excerpt?: string }).excerpt ?? String(finding.total.cents),
        )
      : null,
    finding.items.length > 0 ? evidence('items', told?.items.length ? by : 'text', finding.items[0]!.name) : null,
    delivery
      ? evidence(
          'estimatedDelivery',
          told?.estimatedDelivery ? by : 'text',
          (delivery as { excerpt?: string }).excerpt ?? delivery.from,
        )
      : null,
    ...parcels
      .slice(0, 3)
      .map(({ trackingNumber }) => evidence('parcels', told?.parcels.length ? by : 'text', trackingNumber)),
    refund ? evidence('refundedCents', 'text', refund.excerpt) : null,
    finding.isPartial ? evidence('isPartial', 'text', partial!) : null,
  ];
  const confidence = confidenceOf(finding, {
    ...{ sender, context, isForwarded: mail.isForwarded, isByShopper: mail.isByShopper },
    ...{ isStructured: told !== undefined, kindScore: kind?.score ?? 0, hasNegative: reader.negative !== null },
  });
  return { ...finding, confidence, evidence: list.filter((one) => one !== null) };
}

/** A confirmation has no parcel yet: what looks like one has to be called one. */
function sureOnly(parcels: MailFinding['parcels'], text: string): MailFinding['parcels'] {
  return /track|seguimiento|rastreo|gu[ií]a|sendungs|suivi/iu.test(text) ? parcels : [];
}

function isDayFirst(text: string, currency: string | null, sender: Sender | null): boolean {
  if (['EUR', 'GBP', 'MXN', 'COP', 'CLP', 'ARS', 'PEN', 'AUD', 'NZD', 'BRL', 'CHF', 'INR'].includes(currency ?? ''))
    return true;
  if (/\.(?:es|mx|ar|cl|co|pe|uk|fr|de|it|au|nz|ie|nl|eu)$/.test(sender?.domain ?? '')) return true;
  return /\b(?:pedido|entrega|env[ií]o|gracias|compra|bestellung|lieferung|commande|livraison)\b/iu.test(text);
}
