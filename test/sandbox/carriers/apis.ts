import type { Answer, Asked, Name, Parcel, Scan } from './carriers';

type Keys = { id: string; secret: string; key: string };
type Find = (number: string) => Parcel | undefined;

/** One carrier's API, as its document describes it. */
export interface Api {
  /** Undefined: it is no request for a token; false: keys that are not known. Left out: it takes a key. */
  token?: (asked: Asked, keys: Keys) => boolean | undefined;
  track: (asked: Asked, find: Find) => Answer;
  /** The body of a refusal. */
  refused: unknown;
}

const newestFirst = ({ scans }: Parcel) => [...scans].sort((a, b) => (a.at < b.at ? 1 : -1));
const compact = (at: string) => ({
  date: at.slice(0, 10).replaceAll('-', ''),
  time: at.slice(11, 19).replaceAll(':', ''),
});
const bad = (what: string): Answer => ({ status: 400, body: { error: what } });

const UPS_SCANS: Record<Scan, [type: string, code: string, description: string]> = {
  label: ['M', 'MP', 'Shipper created a label, UPS has not received the package yet.'],
  picked_up: ['P', 'OR', 'Pickup Scan'],
  departed: ['I', 'DP', 'Departed from Facility'],
  out_for_delivery: ['I', 'OT', 'Out For Delivery Today'],
  delivered: ['D', 'FS', 'DELIVERED '],
  attempted: ['X', '48', 'The receiver was not available for delivery.'],
  going_back: ['RS', 'RS', 'Returned to shipper.'],
};

/** Tracking, v1. */
const ups: Api = {
  refused: { response: { errors: [{ code: '250002', message: 'Invalid Authentication Information.' }] } },
  token: ({ method, path, headers, body }, { id, secret }) => {
    if (path !== '/security/v1/oauth/token') return undefined;
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    return method === 'POST' && headers.authorization === basic && body === 'grant_type=client_credentials';
  },
  track: ({ method, path, headers }, find) => {
    const number = /^\/api\/track\/v1\/details\/([^/]+)$/.exec(path)?.[1];
    if (method !== 'GET' || !number) return { status: 404, body: ups.refused };
    if (!headers['transid'] || !headers['transactionsrc']) return bad('transId and transactionSrc are required');
    const parcel = find(number);
    if (!parcel)
      return {
        status: 404,
        number,
        body: { response: { errors: [{ code: 'TW0001', message: 'Tracking Information Not Found' }] } },
      };
    const activity = newestFirst(parcel).map(({ scan, at, city, state }) => {
      const [type, code, description] = UPS_SCANS[scan];
      const { date, time } = compact(at);
      return {
        location: { address: { city, stateProvince: state, countryCode: 'US', country: 'US' }, slic: '3309' },
        status: { type, code, description, statusCode: code },
        ...{
          date,
          time,
          gmtDate: date,
          gmtTime: `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`,
          gmtOffset: '-05:00',
        },
      };
    });
    const [latest] = activity;
    const one = {
      ...{ trackingNumber: number, activity, packageCount: 1 },
      deliveryDate: parcel.due ? [{ type: 'SDD', date: parcel.due.replaceAll('-', '') }] : [],
      currentStatus: latest && { description: latest.status.description, code: '005' },
      deliveryInformation: { receivedBy: 'GARCIA', location: 'Front Door' },
    };
    return { status: 200, number, body: { trackResponse: { shipment: [{ inquiryNumber: number, package: [one] }] } } };
  },
};

const FEDEX_SCANS: Record<Scan, [code: string, description: string]> = {
  label: ['OC', 'Shipment information sent to FedEx'],
  picked_up: ['PU', 'Picked up'],
  departed: ['DP', 'Left FedEx origin facility'],
  out_for_delivery: ['OD', 'On FedEx vehicle for delivery'],
  delivered: ['DL', 'Delivered'],
  attempted: ['DE', 'Delivery exception'],
  going_back: ['RS', 'Returning package to shipper'],
};

/** Track by tracking number, v1. */
const fedex: Api = {
  refused: { transactionId: 't', errors: [{ code: 'NOT.AUTHORIZED.ERROR', message: 'Access token expired.' }] },
  token: ({ method, path, body }, { id, secret }) => {
    if (path !== '/oauth/token') return undefined;
    const form = new URLSearchParams(body);
    const isOurs = form.get('client_id') === id && form.get('client_secret') === secret;
    return method === 'POST' && form.get('grant_type') === 'client_credentials' && isOurs;
  },
  track: ({ method, path, body, headers }, find) => {
    if (method !== 'POST' || path !== '/track/v1/trackingnumbers') return { status: 404, body: fedex.refused };
    if (!headers['content-type']?.startsWith('application/json')) return bad('JSON is expected');
    type Body = {
      includeDetailedScans?: boolean;
      trackingInfo?: { trackingNumberInfo?: { trackingNumber?: string } }[];
    };
    const { trackingInfo, includeDetailedScans } = JSON.parse(body) as Body;
    const number = trackingInfo?.[0]?.trackingNumberInfo?.trackingNumber;
    if (!number) return bad('trackingNumberInfo is required');
    const parcel = find(number);
    const unknown = {
      error: { code: 'TRACKING.TRACKINGNUMBER.NOTFOUND', message: 'Tracking number cannot be found.' },
    };
    const scans = parcel ? newestFirst(parcel) : [];
    const [latest] = scans;
    const one = parcel && {
      trackingNumberInfo: { trackingNumber: number, carrierCode: 'FDXG' },
      latestStatusDetail: latest && {
        code: FEDEX_SCANS[latest.scan][0],
        derivedCode: FEDEX_SCANS[latest.scan][0],
        description: FEDEX_SCANS[latest.scan][1],
      },
      dateAndTimes: parcel.due ? [{ type: 'ESTIMATED_DELIVERY', dateTime: `${parcel.due}T20:00:00-05:00` }] : [],
      estimatedDeliveryTimeWindow: { window: {} },
      scanEvents: includeDetailedScans
        ? scans.map(({ scan, at, city, state }) => ({
            ...{
              date: at.replace(/\.\d+Z$|Z$/, '+00:00'),
              eventType: FEDEX_SCANS[scan][0],
              eventDescription: FEDEX_SCANS[scan][1],
            },
            ...{ exceptionCode: '', exceptionDescription: scan === 'attempted' ? 'Customer not available' : '' },
            ...{
              derivedStatusCode: FEDEX_SCANS[scan][0],
              scanLocation: { city, stateOrProvinceCode: state, countryCode: 'US' },
            },
          }))
        : [],
      deliveryDetails: { receivedByName: 'A.GARCIA' },
    };
    const result = {
      trackingNumber: number,
      trackResults: [one ?? { trackingNumberInfo: { trackingNumber: number }, ...unknown }],
    };
    return { status: 200, number, body: { transactionId: 't', output: { completeTrackResults: [result] } } };
  },
};

const USPS_SCANS: Record<Scan, [category: string, event: string]> = {
  label: ['Pre-Shipment', 'Shipping Label Created, USPS Awaiting Item'],
  picked_up: ['Accepted', 'USPS in possession of item'],
  departed: ['In Transit', 'Departed USPS Regional Facility'],
  out_for_delivery: ['Out for Delivery', 'Out for Delivery'],
  delivered: ['Delivered', 'Delivered, Left with Individual'],
  attempted: ['Delivery Attempt', 'Notice Left (No Authorized Recipient Available)'],
  going_back: ['Alert', 'Returned to Sender'],
};

/** Tracking, v3. */
const usps: Api = {
  refused: { apiVersion: 'v3', error: { code: '401', message: 'Unauthorized' } },
  token: ({ method, path, body }, { id, secret }) => {
    if (path !== '/oauth2/v3/token') return undefined;
    const asked = JSON.parse(body) as Record<string, string>;
    const isOurs = asked['client_id'] === id && asked['client_secret'] === secret;
    return method === 'POST' && asked['grant_type'] === 'client_credentials' && isOurs;
  },
  track: ({ method, path, query }, find) => {
    const number = /^\/tracking\/v3\/tracking\/(\d+)$/.exec(path)?.[1];
    if (method !== 'GET' || !number) return { status: 404, body: usps.refused };
    const parcel = find(number);
    if (!parcel)
      return {
        status: 404,
        number,
        body: { apiVersion: 'v3', error: { code: '404', message: 'A status update is not yet available.' } },
      };
    const scans = newestFirst(parcel);
    const [latest] = scans;
    const trackingEvents = scans.map(({ scan, at, city, state }) => ({
      ...{
        eventType: USPS_SCANS[scan][1],
        eventTimestamp: at.slice(0, 19),
        GMTTimestamp: `${at.slice(0, 19)}Z`,
        GMTOffset: '-05:00',
      },
      ...{
        eventCountry: null,
        eventCity: city.toUpperCase(),
        eventState: state,
        eventZIP: '33101',
        firm: null,
        name: 'A GARCIA',
      },
    }));
    return {
      ...{ status: 200, number },
      body: {
        ...{ trackingNumber: number, mailClass: 'USPS Ground Advantage', statusSummary: 'Your item …' },
        ...{ statusCategory: latest && USPS_SCANS[latest.scan][0], status: latest && USPS_SCANS[latest.scan][1] },
        ...(parcel.due && { deliveryDateExpectation: { expectedDeliveryDate: parcel.due } }),
        trackingEvents: query.get('expand') === 'DETAIL' ? trackingEvents : [],
      },
    };
  },
};

const DHL_SCANS: Record<Scan, [code: string, description: string]> = {
  label: ['pre-transit', 'Shipment information received'],
  picked_up: ['transit', 'Shipment picked up'],
  departed: ['transit', 'Departed Facility'],
  out_for_delivery: ['transit', 'Shipment is out with courier for delivery'],
  delivered: ['delivered', 'Delivered'],
  attempted: ['failure', 'Delivery attempted; recipient not home'],
  going_back: ['failure', 'Shipment is being returned to shipper'],
};

/** Shipment tracking, unified. */
const dhl: Api = {
  refused: { title: 'Unauthorized', status: 401, detail: 'Unauthorized for given resource.' },
  track: ({ method, path, query }, find) => {
    const number = query.get('trackingNumber');
    if (method !== 'GET' || path !== '/track/shipments' || !number) return { status: 404, body: dhl.refused };
    const parcel = find(number);
    if (!parcel)
      return {
        status: 404,
        number,
        body: { title: 'No result found', status: 404, detail: 'No shipment with given tracking number found.' },
      };
    const events = newestFirst(parcel).map(({ scan, at, city }) => ({
      ...{
        timestamp: at.slice(0, 19),
        statusCode: DHL_SCANS[scan][0],
        status: DHL_SCANS[scan][1],
        description: DHL_SCANS[scan][1],
      },
      location: { address: { addressLocality: city, countryCode: 'US' } },
    }));
    const one = {
      ...{ id: number, service: 'express', status: events[0], events },
      ...(parcel.due && { estimatedTimeOfDelivery: `${parcel.due}T23:59:00` }),
      details: { proofOfDelivery: { signed: { name: 'A. Garcia' } } },
    };
    return { status: 200, number, body: { shipments: [one] } };
  },
};

export const APIS: Record<Name, Api> = { ups, fedex, usps, dhl };
