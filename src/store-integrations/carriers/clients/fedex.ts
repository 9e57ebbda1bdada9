import type { AnswerReader } from '../../protocols/answer-reader';
import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { StoreHttp } from '../../protocols/store-http';
import { CALL_MS, answered, withToken } from './asking';
import type { CarrierAnswer, CarrierClient, CarrierEvent } from './carrier-client';
import { ClientToken } from './client-token';
import { dayIn, momentIn, placeOf, statusInWords } from './reading';

const STATUS: Record<string, RemoteParcelStatus> = {
  ...{ OC: 'pre_transit', IN: 'pre_transit', PU: 'in_transit', AR: 'in_transit', DP: 'in_transit', IT: 'in_transit' },
  ...{ AF: 'in_transit', HL: 'in_transit', OD: 'out_for_delivery', DL: 'delivered', DE: 'exception', SE: 'exception' },
  ...{ CA: 'exception', DY: 'exception', CD: 'exception', RS: 'returned' },
};

/** The tracking API of FedEx: OAuth client credentials, `POST /track/v1/trackingnumbers`. */
export class FedexClient implements CarrierClient {
  readonly carrier = 'fedex';
  private readonly token: ClientToken;

  constructor(
    private readonly http: StoreHttp,
    private readonly base: string,
    keys: { id: string; secret: string },
  ) {
    this.token = new ClientToken(http, CALL_MS, () => ({
      url: `${base}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_id: keys.id, client_secret: keys.secret },
      }).toString(),
    }));
  }

  async track(trackingNumber: string): Promise<CarrierAnswer | null> {
    const answer = await withToken(this.http, this.token, `${this.base}/track/v1/trackingnumbers`, (authorization) => ({
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-locale': 'en_US' },
      body: JSON.stringify({
        includeDetailedScans: true,
        trackingInfo: [{ trackingNumberInfo: { trackingNumber } }],
      }),
    }));
    return answered(answer, parcelIn);
  }
}

function parcelIn(answer: AnswerReader): CarrierAnswer | null {
  const [parcel] = answer
    .at('output')
    .at('completeTrackResults')
    .list()
    .flatMap((one) => one.at('trackResults').list());
  // It answers 200, with an error beside the number.
  if (!parcel || parcel.at('error').at('code').isThere) return null;
  const events = parcel
    .at('scanEvents')
    .list()
    .map(eventIn)
    .filter((event) => event !== null);
  const latest = parcel.at('latestStatusDetail');
  const code = latest.at('code').textOrNull() ?? latest.at('derivedCode').textOrNull() ?? '';
  const status = STATUS[code] ?? statusInWords(latest.at('description').textOrNull() ?? '');
  return { status: code === '' ? 'unknown' : status, events, estimatedDelivery: daysIn(parcel) };
}

function daysIn(parcel: AnswerReader): CarrierAnswer['estimatedDelivery'] {
  for (const name of ['estimatedDeliveryTimeWindow', 'standardTransitTimeWindow']) {
    const window = parcel.at(name).at('window');
    const to = dayIn(window.at('ends').textOrNull());
    if (to) return { from: dayIn(window.at('begins').textOrNull()) ?? to, to };
  }
  const dates = parcel.at('dateAndTimes').list();
  const due = dates.find((one) => one.at('type').textOrNull() === 'ESTIMATED_DELIVERY');
  const day = due && dayIn(due.at('dateTime').textOrNull());
  return day ? { from: day, to: day } : null;
}

function eventIn(scan: AnswerReader): CarrierEvent | null {
  const at = momentIn(scan.at('date').textOrNull());
  if (!at) return null;
  const words = scan.at('eventDescription').textOrNull() ?? 'Seen by FedEx';
  const why = scan.at('exceptionDescription').textOrNull();
  const code = scan.at('derivedStatusCode').textOrNull() ?? scan.at('eventType').textOrNull() ?? '';
  const place = scan.at('scanLocation');
  return {
    ...{ at, status: STATUS[code] ?? statusInWords(words), detail: why ? `${words}: ${why}` : words },
    location: placeOf(place.at('city'), place.at('stateOrProvinceCode'), place.at('countryCode')),
  };
}
