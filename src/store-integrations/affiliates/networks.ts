/** What an admin has to give of a programme. */
export interface NetworkParameter {
  name: string;
  /** What it is, in the network's words. */
  about: string;
  example: string;
  /** `id`: letters, digits, `-` and `_`; `host`: a host name. */
  is: 'id' | 'host';
}

/**
 * An affiliate network, as data. Its link is either `wrapper`, an address of the network with `{url}` (the store's page, encoded once),
 * `{clickId}` and the parameters; or `own`, parameters that are added to the store's own address.
 */
export interface AffiliateNetwork {
  name: string;
  parameters: readonly NetworkParameter[];
  wrapper?: string;
  own?: Readonly<Record<string, string>>;
  /** What the network calls the click id; also a column of its reports. */
  subId: string;
}

const id = (name: string, about: string, example: string): NetworkParameter => ({ name, about, example, is: 'id' });

export const NETWORKS = {
  rakuten: {
    name: 'Rakuten Advertising',
    parameters: [
      id('publisherId', 'The publisher’s encrypted id (id)', 'aBc123XyZ-4'),
      id('merchantId', 'The advertiser (mid)', '2417'),
    ],
    wrapper: 'https://click.linksynergy.com/deeplink?id={publisherId}&mid={merchantId}&murl={url}&u1={clickId}',
    subId: 'u1',
  },
  cj: {
    name: 'CJ',
    parameters: [id('publisherId', 'The publisher’s property (PID)', '7781902')],
    wrapper: 'https://www.anrdoezrs.net/links/{publisherId}/type/dlg/sid/{clickId}/{url}',
    subId: 'sid',
  },
  impact: {
    name: 'Impact',
    parameters: [
      { name: 'host', about: 'The brand’s tracking host', example: 'oldnavy.sjv.io', is: 'host' },
      id('partnerId', 'The media partner', '1203811'),
      id('adId', 'The ad', '389197'),
      id('campaignId', 'The campaign', '5889'),
    ],
    wrapper: 'https://{host}/c/{partnerId}/{adId}/{campaignId}?subId1={clickId}&u={url}',
    subId: 'subId1',
  },
  awin: {
    name: 'Awin',
    parameters: [
      id('merchantId', 'The advertiser (awinmid)', '6220'),
      id('publisherId', 'The publisher (awinaffid)', '45628'),
    ],
    wrapper:
      'https://www.awin1.com/cread.php?awinmid={merchantId}&awinaffid={publisherId}&clickref={clickId}&ued={url}',
    subId: 'clickref',
  },
  shareasale: {
    name: 'ShareASale',
    parameters: [
      id('bannerId', 'The banner (b)', '234786'),
      id('publisherId', 'The affiliate (u)', '69831'),
      id('merchantId', 'The merchant (m)', '26748'),
    ],
    wrapper:
      'https://www.shareasale.com/r.cfm?b={bannerId}&u={publisherId}&m={merchantId}&urllink={url}&afftrack={clickId}',
    subId: 'afftrack',
  },
  skimlinks: {
    name: 'Skimlinks',
    parameters: [id('publisherId', 'The publisher and site (id)', '87443X1540250')],
    wrapper: 'https://go.skimresources.com/?id={publisherId}&xs=1&url={url}&xcust={clickId}',
    subId: 'xcust',
  },
  sovrn: {
    name: 'Sovrn Commerce',
    parameters: [id('apiKey', 'The site’s API key', 'c9e9b7e4a1d24f0f8f3f4a1d24f0f8f3')],
    wrapper: 'https://redirect.viglink.com/?key={apiKey}&u={url}&cuid={clickId}',
    subId: 'cuid',
  },
  amazon: {
    name: 'Amazon Associates',
    parameters: [id('tag', 'The associate’s tracking id (tag)', 'muse-20')],
    own: { tag: '{tag}', ascsubtag: '{clickId}' },
    subId: 'ascsubtag',
  },
} as const satisfies Record<string, AffiliateNetwork>;

export type NetworkId = keyof typeof NETWORKS;
export const NETWORK_IDS = Object.keys(NETWORKS) as NetworkId[];

export function networkOf(network: NetworkId): AffiliateNetwork {
  return NETWORKS[network];
}
