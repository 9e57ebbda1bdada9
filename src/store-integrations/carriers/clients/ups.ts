import { randomUUID } from 'node:crypto';
import type { AnswerReader } from '../../protocols/answer-reader';
import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { StoreHttp } from '../../protocols/store-http';
import { CALL_MS, answered, withToken } from './asking';
import type { CarrierAnswer, CarrierClient, CarrierEvent } from './carrier-client';
import { ClientToken } from './client-token';
import { dashed, momentIn, placeOf, statusInWords } from './reading';

const STATUS: Record<string, RemoteParcelStatus> = {
  ...{ D: 'delivered', I: 'in_transit', P: 'in_transit', M: 'pre_transit', MV: 'exception', X: 'exception' },
  ...{ RS: 'returned', O: 'out_for_delivery', DO: 'in_transit', DD: 'in_transit', W: 'in_transit' },
};

/** The tracking API of UPS: OAuth client credentials, `GET /api/track/v1/details/{number}`. */
export class UpsClient implements CarrierClient {
  readonly carrier = 'ups';
  private readonly token: ClientToken;

  constructor(
    private readonly http: StoreHttp,
    private readonly base: string,
    keys: { id: string; secret: string },
  ) {
    const basic = Buffer.from(`${keys.id}:${keys.secret}`).toString('base64');
    this.token = new ClientToken(http, CALL_MS, () => ({
      url: `${base}/security/v1/oauth/token`,
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    }));
  }

  async track(trackingNumber: string): Promise<CarrierAnswer | null> {
    const url = `${this.base}/api/track/v1/details/${encodeURIComponent(trackingNumber)}?locale=en_US&returnSignature=false`;
    const answer = await withToken(this.http, this.token, url, (authorization) => ({
      method: 'GET',
      headers: { authorization, transId: randomUUID().replaceAll('-', ''), transactionSrc: 'muse' },
    }));
    return answered(answer, parcelIn);
  }
}

function parcelIn(answer: AnswerReader): CarrierAnswer | null {
  const [parcel] = answer
    .at('trackResponse')
    .at('shipment')
    .list()
    .flatMap((one) => one.at('package').list());
  if (!parcel) return null;
  const events = parcel
    .at('activity')
    .list()
    .map(eventIn)
    .filter((event) => event !== null);
  const dates = parcel.at('deliveryDate').list();
  const due = dates
    .filter((one) => one.at('type').textOrNull() !== 'DEL')
    .map((one) => dashed(one.at('date').textOrNull()));
  // Rescheduled after scheduled: the last that is said.
  const day = due.filter((one) => one !== null).at(-1);
  const [latest] = [...events].sort((a, b) => b.at.getTime() - a.at.getTime());
  const words = parcel.at('currentStatus').at('description').textOrNull();
  const status = latest?.status ?? (words === null ? 'unknown' : statusInWords(words));
  return { status, events, estimatedDelivery: day ? { from: day, to: day } : null };
}

function eventIn(activity: AnswerReader): CarrierEvent | null {
  const status = activity.at('status');
  const detail = status.at('description').textOrNull() ?? 'Seen by UPS';
  const type = status.at('type').textOrNull() ?? '';
  const clock = (time: string | null) =>
    time?.replaceAll(':', '').replace(/^(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3') ?? '00:00:00';
  const utc = dashed(activity.at('gmtDate').textOrNull());
  const local = dashed(activity.at('date').textOrNull());
  const at = utc
    ? momentIn(`${utc}T${clock(activity.at('gmtTime').textOrNull())}`)
    : momentIn(local && `${local}T${clock(activity.at('time').textOrNull())}`);
  if (!at) return null;
  const address = activity.at('location').at('address');
  const means = statusInWords(detail);
  // It calls the last mile "in transit" too.
  const known = STATUS[type] === 'in_transit' && means === 'out_for_delivery' ? means : (STATUS[type] ?? means);
  return {
    at,
    detail,
    status: known,
    location: placeOf(address.at('city'), address.at('stateProvince'), address.at('countryCode')),
  };
}
