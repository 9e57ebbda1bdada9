import type { AnswerReader } from '../../protocols/answer-reader';
import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { StoreHttp } from '../../protocols/store-http';
import type { CarrierCode } from '../carriers';
import { CALL_MS, answered } from './asking';
import type { CarrierAnswer, CarrierClient, CarrierEvent } from './carrier-client';
import { dayIn, momentIn, placeOf, statusInWords } from './reading';

const STATUS: Record<string, RemoteParcelStatus> = {
  ...{
    'pre-transit': 'pre_transit',
    transit: 'in_transit',
    delivered: 'delivered',
    failure: 'exception',
    unknown: 'unknown',
  },
};

/** The unified tracking API of DHL, for Express, Parcel and eCommerce: a key, `GET /track/shipments`. */
export class DhlClient implements CarrierClient {
  constructor(
    readonly carrier: Extract<CarrierCode, 'dhl' | 'dhl_ecommerce'>,
    private readonly http: StoreHttp,
    private readonly base: string,
    private readonly key: string,
  ) {}

  async track(trackingNumber: string): Promise<CarrierAnswer | null> {
    const url = `${this.base}/track/shipments?trackingNumber=${encodeURIComponent(trackingNumber)}&language=en`;
    const headers = { 'dhl-api-key': this.key, accept: 'application/json' };
    const answer = await this.http.send(url, { method: 'GET', headers, timeoutMs: CALL_MS, hasEffect: false });
    return answered(answer, parcelIn);
  }
}

function parcelIn(answer: AnswerReader): CarrierAnswer | null {
  const [parcel] = answer.at('shipments').list();
  if (!parcel) return null;
  const events = parcel
    .at('events')
    .list()
    .map(eventIn)
    .filter((event) => event !== null);
  const latest = eventIn(parcel.at('status'));
  const frame = parcel.at('estimatedDeliveryTimeFrame');
  const to =
    dayIn(frame.at('estimatedThrough').textOrNull()) ?? dayIn(parcel.at('estimatedTimeOfDelivery').textOrNull());
  return {
    status: latest?.status ?? 'unknown',
    events,
    estimatedDelivery: to ? { from: dayIn(frame.at('estimatedFrom').textOrNull()) ?? to, to } : null,
  };
}

function eventIn(event: AnswerReader): CarrierEvent | null {
  const at = momentIn(event.at('timestamp').textOrNull());
  if (!at) return null;
  const detail = event.at('description').textOrNull() ?? event.at('status').textOrNull() ?? 'Seen by DHL';
  const means = statusInWords(detail);
  const coded = STATUS[event.at('statusCode').textOrNull() ?? ''];
  // Its five codes have no word for the last mile, nor for the way back.
  const isFiner =
    (means === 'out_for_delivery' && coded === 'in_transit') || (means === 'returned' && coded !== 'delivered');
  const address = event.at('location').at('address');
  return {
    at,
    detail,
    status: coded && !isFiner ? coded : means,
    location: placeOf(address.at('addressLocality'), address.at('countryCode')),
  };
}
