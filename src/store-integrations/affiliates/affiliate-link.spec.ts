import { affiliateLink, parameterFaults, type Programme } from './affiliate-link';
import { NETWORKS, NETWORK_IDS, type NetworkId } from './networks';

const CLICK = 'k3v9x0d2m7q1w5e8r4t6y2u0i9p1';
const HOST = 'shop.example';
const HOSTS = [HOST, 'www.shop.example'];

const programme = (network: NetworkId): Programme => ({
  network,
  parameters: Object.fromEntries(NETWORKS[network].parameters.map(({ name, example }) => [name, example])),
});

interface Unwrapped {
  url: string;
  clickId: string | null;
  account: (string | null)[];
}

/** A query as the networks' servers read one: by hand, so that nothing of the builder is asked. */
function query(link: string): (name: string) => string | null {
  const text = link.includes('?') ? link.slice(link.indexOf('?') + 1).split('#')[0]! : '';
  return (name) => {
    const values = text
      .split('&')
      .filter((pair) => pair.startsWith(`${name}=`))
      .map((pair) => pair.slice(name.length + 1));
    if (values.length > 1) throw new Error(`${name} stands twice`);
    return values.length === 0 ? null : decodeURIComponent(values[0]!);
  };
}

const at = (link: string, start: string) => {
  if (!link.startsWith(start)) throw new Error(`${link} does not begin with ${start}`);
};

/** Each network's own reading of its links: from its documentation, knowing nothing of how they are built. */
const READERS: Record<NetworkId, (link: string) => Unwrapped> = {
  rakuten: (link) => {
    at(link, 'https://click.linksynergy.com/deeplink?');
    const of = query(link);
    return { url: of('murl')!, clickId: of('u1'), account: [of('id'), of('mid')] };
  },
  cj: (link) => {
    const read = /^https:\/\/www\.anrdoezrs\.net\/links\/([^/]+)\/type\/dlg\/sid\/([^/]+)\/([^/?#]+)$/.exec(link)!;
    return { url: decodeURIComponent(read[3]!), clickId: read[2]!, account: [read[1]!] };
  },
  impact: (link) => {
    const read = /^https:\/\/([^/]+)\/c\/([^/]+)\/([^/]+)\/([^/?]+)\?/.exec(link)!;
    const of = query(link);
    return { url: of('u')!, clickId: of('subId1'), account: [read[1]!, read[2]!, read[3]!, read[4]!] };
  },
  awin: (link) => {
    at(link, 'https://www.awin1.com/cread.php?');
    const of = query(link);
    return { url: of('ued')!, clickId: of('clickref'), account: [of('awinmid'), of('awinaffid')] };
  },
  shareasale: (link) => {
    at(link, 'https://www.shareasale.com/r.cfm?');
    const of = query(link);
    return { url: of('urllink')!, clickId: of('afftrack'), account: [of('b'), of('u'), of('m')] };
  },
  skimlinks: (link) => {
    at(link, 'https://go.skimresources.com/?');
    const of = query(link);
    if (of('xs') !== '1') throw new Error('xs is missing');
    return { url: of('url')!, clickId: of('xcust'), account: [of('id')] };
  },
  sovrn: (link) => {
    at(link, 'https://redirect.viglink.com/?');
    const of = query(link);
    return { url: of('u')!, clickId: of('cuid'), account: [of('key')] };
  },
  amazon: (link) => {
    const of = query(link);
    const [address, rest = ''] = link.split('?');
    const [pairs, hash] = rest.split('#');
    const others = pairs!.split('&').filter((pair) => !/^(tag|ascsubtag)=/.test(pair));
    const url = `${address}${others.length > 0 ? `?${others.join('&')}` : ''}${hash === undefined ? '' : `#${hash}`}`;
    return { url, clickId: of('ascsubtag'), account: [of('tag')] };
  },
};

const PAGES = [
  `https://${HOST}/`,
  `https://${HOST}/p/linen-shirt`,
  `https://${HOST}/cart/41:2,42:1?ref=${CLICK}&discount=A,B`,
  `https://${HOST}/cart/add?sc=1&sku=22&qty=1&seller=1&sku=73&qty=3&seller=1`,
  `https://${HOST}/cart/1:1?checkout%5Bnote%5D=a%20b%26c%3Dd&x=100%25`,
  `https://${HOST}/p/camis%C3%B3n?q=%2B1+2&e=%E2%82%AC#size=M&color=a/b`,
  `https://www.${HOST}/p?next=https%3A%2F%2Fother.example%2F%3Fa%3D1%26b%3D2`,
  `https://${HOST}/p?u=1&url=2&murl=3&ued=4&id=5&key=6&u1=7&subId1=8`,
  `https://${HOST}/~a/(b)!*'c;d=1,2:3@4/`,
];

describe('An affiliate link', () => {
  it.each(NETWORK_IDS.flatMap((network) => PAGES.map((page) => [network, page] as const)))(
    'of %s leads to %s, with the click id and nothing else of the shopper',
    (network, page) => {
      const { parameters } = programme(network);
      const link = affiliateLink(page, programme(network), CLICK, HOSTS);
      expect(READERS[network](link)).toEqual({ url: page, clickId: CLICK, account: Object.values(parameters) });
      // As it is written, so it is sent.
      expect(new URL(link).href).toBe(link);
      expect(link.split(CLICK)).toHaveLength(page.split(CLICK).length + 1);
    },
  );

  it.each(NETWORK_IDS.filter((network) => network !== 'amazon'))('of %s encodes its page once', (network) => {
    const link = affiliateLink(`https://${HOST}/a b?x=1`.replace(' ', '%20'), programme(network), CLICK, HOSTS);
    expect(link).toContain('https%3A%2F%2Fshop.example%2Fa%2520b%3Fx%3D1');
    expect(link).not.toContain('%25252');
    // The store's own address is nowhere a second time.
    expect(link.split(HOST)).toHaveLength(2);
  });

  it('of Amazon takes the place of another’s tag, and leaves the rest to the letter', () => {
    const page = `https://${HOST}/dp/B0?tag=other-21&th=1&ascsubtag=x&psc=%31&tagged=1#tag=2`;
    expect(affiliateLink(page, programme('amazon'), CLICK, HOSTS)).toBe(
      `https://${HOST}/dp/B0?th=1&psc=%31&tagged=1&tag=muse-20&ascsubtag=${CLICK}#tag=2`,
    );
  });

  it('is none where the page is on no host of the store: the network would not lead there', () => {
    for (const page of ['https://evil.example/', 'https://shop.example.evil.example/', `https://${HOST}:8443/p`])
      for (const network of NETWORK_IDS) expect(affiliateLink(page, programme(network), CLICK, HOSTS)).toBe(page);
  });

  it('takes click ids of every length that Muse gives', () => {
    for (const clickId of ['a'.repeat(26), CLICK, '9'.repeat(32)])
      for (const network of NETWORK_IDS)
        expect(READERS[network](affiliateLink(PAGES[0]!, programme(network), clickId, HOSTS)).clickId).toBe(clickId);
  });
});

describe('The parameters of a programme', () => {
  it.each(NETWORK_IDS)('of %s are those of its network, all of them', (network) => {
    const { parameters } = programme(network);
    expect(parameterFaults({ network, parameters })).toEqual([]);
    for (const name of Object.keys(parameters)) {
      const without = Object.fromEntries(Object.entries(parameters).filter(([other]) => other !== name));
      expect(parameterFaults({ network, parameters: without })).toEqual([{ name, detail: 'is required' }]);
    }
    expect(parameterFaults({ network, parameters: { ...parameters, other: 'x' } })).toMatchObject([{ name: 'other' }]);
  });

  it.each(['', ' ', 'a b', 'a&b=c', 'a/b', '../x', '{url}', '%2f', 'ü', 'x'.repeat(65), 'a\n', '<b>'])(
    'cannot be %j: it would say more than an id',
    (value) => {
      for (const network of NETWORK_IDS)
        for (const { name } of NETWORKS[network].parameters) {
          const parameters = { ...programme(network).parameters, [name]: value };
          expect(parameterFaults({ network, parameters }).map((fault) => fault.name)).toEqual([name]);
        }
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]', 'a.b:8080', 'A.EXAMPLE', 'x.example/', 'user@x.example', '-a.example'])(
    'name no host %s',
    (host) => {
      const parameters = { ...programme('impact').parameters, host };
      expect(parameterFaults({ network: 'impact', parameters })).toMatchObject([{ name: 'host' }]);
    },
  );
});
