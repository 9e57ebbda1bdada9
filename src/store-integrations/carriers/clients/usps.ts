import type { AnswerReader } from '../../protocols/answer-reader';
import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { StoreHttp } from '../../protocols/store-http';
import { parcelNumber } from '../tracking-numbers';
import { CALL_MS, answered, withToken } from './asking';
import type { CarrierAnswer, CarrierClient, CarrierEvent } from './carrier-client';
import { ClientToken } from './client-token';
import { dayIn, momentIn, placeOf, statusInWords } from './reading';

const STATUS: Record<string, RemoteParcelStatus> = {
  ...{ 'Pre-Shipment': 'pre_transit', Accepted: 'in_transit', 'In Transit': 'in_transit', Delivered: 'delivered' },
  ...{ 'Out for Delivery': 'out_for_delivery', 'Delivery Attempt': 'exception', Alert: 'exception' },
  ...{ 'Available for Pickup': 'exception', 'Return to Sender': 'returned' },
};

/** The tracking API of USPS (v3): OAuth client credentials, `GET /tracking/v3/tracking/{number}`. */
export class UspsClient implements CarrierClient {
  readonly carrier = 'usps';
  private readonly token: ClientToken;

  constructor(
    private readonly http: StoreHttp,
    private readonly base: string,
    keys: { id: string; secret: string },
  ) {
    this.token = new ClientToken(http, CALL_MS, () => ({
      url: `${base}/oauth2/v3/token`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ grant_type: 'client_credentials', client_id: keys.id, client_secret: keys.secret, scope: 'tracking' },
      }),
    }));
  }

  async track(trackingNumber: string): Promise<CarrierAnswer | null> {
    const url = `${this.base}/tracking/v3/tracking/${encodeURIComponent(parcelNumber(trackingNumber))}?expand=DETAIL`;
    const answer = await withToken(this.http, this.token, url, (authorization) => ({
      method: 'GET',
      headers: { authorization, accept: 'application/json' },
    }));
    return answered(answer, parcelIn);
  }
}

function parcelIn(parcel: AnswerReader): CarrierAnswer | null {
  const events = parcel
    .at('trackingEvents')
    .list()
    .map(eventIn)
    .filter((event) => event !== null);
  const category = parcel.at('statusCategory').textOrNull();
  if (category === null && events.length === 0) return null;
  const words = parcel.at('status').textOrNull() ?? category ?? '';
  const means = statusInWords(words);
  const expected = parcel.at('deliveryDateExpectation');
  const to =
    dayIn(expected.at('predictedDeliveryDate').textOrNull()) ??
    dayIn(expected.at('expectedDeliveryDate').textOrNull()) ??
    dayIn(expected.at('guaranteedDeliveryDate').textOrNull());
  // An alert may be that it goes back.
  const status = means === 'returned' ? means : (STATUS[category ?? ''] ?? means);
  return { status, events, estimatedDelivery: to ? { from: to, to } : null };
}

function eventIn(event: AnswerReader): CarrierEvent | null {
  const offset = event.at('GMTOffset').textOrNull();
  const local = event.at('eventTimestamp').textOrNull();
  const hasOffset = local !== null && /(?:Z|[+-]\d\d:?\d\d)$/.test(local.slice(10));
  const at =
    momentIn(event.at('GMTTimestamp').textOrNull()) ??
    momentIn(local && !hasOffset && offset && /^[+-]\d\d:?\d\d$/.test(offset) ? `${local}${offset}` : local);
  if (!at) return null;
  const detail = event.at('eventType').textOrNull() ?? 'Seen by USPS';
  const location = placeOf(event.at('eventCity'), event.at('eventState'), event.at('eventCountry'));
  return { at, status: statusInWords(detail), detail, location };
}
