/** The carriers' own tracking pages, by carrier name without case, spaces and punctuation. */
const PAGES: Record<string, string> = {
  ups: 'https://www.ups.com/track?tracknum=',
  usps: 'https://tools.usps.com/go/TrackConfirmAction?tLabels=',
  fedex: 'https://www.fedex.com/fedextrack/?trknbr=',
  dhl: 'https://www.dhl.com/en/express/tracking.html?AWB=',
  dhlexpress: 'https://www.dhl.com/en/express/tracking.html?AWB=',
  canadapost: 'https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=',
  royalmail: 'https://www.royalmail.com/track-your-item#/tracking-results/',
  ontrac: 'https://www.ontrac.com/tracking/?number=',
};

/** Where a parcel of a well-known carrier can be followed; null for others. */
export function trackingLink(carrier: string, trackingNumber: string): string | null {
  const page = PAGES[carrier.toLowerCase().replace(/[^a-z]/g, '')];
  return page ? page + encodeURIComponent(trackingNumber) : null;
}
