import type { Told } from '../../orders';
import type { MailKind, OpenFinding } from '../../store-integrations';

type ParcelStatus = Told['parcels'][number]['status'];

/** Where a parcel is, by what a mail says has happened; nothing of one that only tells of the order. */
const PARCEL: Partial<Record<MailKind, { status: ParcelStatus; detail: string }>> = {
  shipped: { status: 'in_transit', detail: 'Shipped' },
  out_for_delivery: { status: 'out_for_delivery', detail: 'Out for delivery' },
  delivered: { status: 'delivered', detail: 'Delivered' },
  exception: { status: 'exception', detail: 'Delivery is held up' },
};

/** What a mail tells an order. */
export function newsOf({ kind, told }: Pick<OpenFinding, 'kind' | 'told'>): Told {
  const { at, carrier, parcels, estimatedDelivery, isPartial, refundedCents } = told;
  const isOfStore = carrier === null;
  return {
    // Of the order itself only its store can say anything: a carrier cancels a label, and gives its own fee back.
    ...{ source: 'mail', at, estimatedDelivery, refundedCents: isOfStore ? refundedCents : null },
    // A carrier that takes a parcel back says so of the parcel; a store, of what it has again.
    parcels: parcelsOf(kind, told, !isOfStore && kind === 'returned' ? RETURNED : PARCEL[kind]),
    status: statusOf(kind, { isPartial, isOfStore, isNumbered: parcels.length > 0 }),
    cancelled: isOfStore && kind === 'cancelled' && !isPartial,
  };
}

const RETURNED = { status: 'returned', detail: 'Returned to sender' } as const;

function parcelsOf(
  kind: MailKind,
  { at, carrier, parcels }: OpenFinding['told'],
  seen: (typeof PARCEL)[MailKind],
): Told['parcels'] {
  // Of a delay nothing is seen of the parcel, but its number may be news.
  const { status, detail } = seen ?? { status: 'pre_transit' as const, detail: '' };
  const events = seen ? [{ at, status, detail }] : [];
  const named = parcels.map((parcel) => ({ ...parcel, carrier: parcel.carrier ?? carrier, status, events }));
  if (named.length > 0 || !seen || kind === 'shipped') return named;
  // It is about the only one there is.
  return [{ carrier, trackingNumber: null, trackingUrl: null, status, events }];
}

/** Where the whole order stands, if the mail says more of it than its parcels do. */
function statusOf(
  kind: MailKind,
  { isPartial, isOfStore, isNumbered }: { isPartial: boolean; isOfStore: boolean; isNumbered: boolean },
): Told['status'] {
  if (!isOfStore) return null;
  if (kind === 'shipped') return isPartial ? 'processing' : 'shipped';
  if (isPartial) return null;
  if (kind === 'returned') return 'returned';
  return kind === 'delivered' && !isNumbered ? 'delivered' : null;
}
