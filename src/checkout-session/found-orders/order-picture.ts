import type { MailEvidence, MailFinding, MailKind, OpenFinding } from '../../store-integrations';
import type { OrderPicture } from './matching';

/** What the mails about one order tell together. */
export interface MailedOrder extends OrderPicture {
  storeOrderNumber: string | null;
  /** What the latest of them says has happened. */
  latest: MailKind;
  latestAt: Date;
  /** Of the one that is surest, in hundredths. */
  confidence: number;
  /** The senders of all of them are proved. */
  isProved: boolean;
  evidence: MailEvidence[];
}

const MOST_EVIDENCE = 12;

/**
 * One picture of several mails, in whatever order they came: a confirmation knows goods and total better than a mail about a
 * parcel does. Undefined without any.
 */
export function pictureOf(findings: readonly OpenFinding[]): MailedOrder | undefined {
  const byTime = [...findings].sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime());
  const latest = byTime.at(-1);
  if (!latest) return undefined;
  const confirmed = byTime.filter(({ kind }) => kind === 'ordered');
  const bestFirst = [...confirmed, ...byTime.filter(({ kind }) => kind !== 'ordered')].map(({ told }) => told);
  const first = <T>(pick: (told: MailFinding) => T | null): T | null => {
    for (const told of bestFirst) {
      const picked = pick(told);
      if (picked !== null) return picked;
    }
    return null;
  };
  return {
    storeName: first(({ store }) => store.name),
    storeOrderNumber: first(({ orderNumber }) => orderNumber),
    total: first(({ total }) => total),
    // What was sent in part is not what was ordered.
    items: first(({ items, isPartial }) => (items.length > 0 && !isPartial ? items : null)) ?? [],
    clickIds: [...new Set(bestFirst.flatMap(({ clickIds }) => clickIds))],
    at: (confirmed[0] ?? byTime[0]!).occurredAt,
    isConfirmation: confirmed.length > 0,
    latest: latest.kind,
    latestAt: latest.occurredAt,
    confidence: Math.max(...byTime.map(({ confidence }) => confidence)),
    isProved: byTime.every(({ isProved }) => isProved),
    evidence: bestFirst.flatMap(({ evidence }) => evidence).slice(0, MOST_EVIDENCE),
  };
}

/** As stores' numbers are compared: mails write them with and without a sign, and in either case. */
export function numberKey(storeOrderNumber: string): string {
  return storeOrderNumber.replaceAll(/[\s#]/g, '').toUpperCase();
}
