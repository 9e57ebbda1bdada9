import { networkOf, type NetworkId, type NetworkParameter } from './networks';

/** A store's programme at a network. */
export interface Programme {
  network: NetworkId;
  parameters: Record<string, string>;
}

/**
 * A page of a store behind the affiliate link of its programme: the page encoded once, whole, and the network's address around
 * it, last. Nothing but the click id says whose it is. A page on none of the store's hosts is no page of the programme: it
 * stays as it is, and so does one that the network would change.
 */
export function affiliateLink(
  page: string,
  { network, parameters }: Programme,
  clickId: string,
  hosts: readonly string[],
): string {
  if (!hosts.includes(new URL(page).host)) return page;
  const { wrapper, own = {} } = networkOf(network);
  const values: Record<string, string> = { ...parameters, clickId, url: page };
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(values[name] ?? ''));
  if (wrapper !== undefined) return fill(wrapper);
  return Object.entries(own).reduce((url, [name, value]) => withParameter(url, name, fill(value)), page);
}

/** To the last character (RFC 3986): nobody on the way has a reason to write it anew. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same address with this parameter once; the others stay to the letter. */
function withParameter(url: string, name: string, value: string): string {
  const [, address, query = '', hash = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url)!;
  const others = query.split('&').filter((pair) => pair !== '' && pair.split('=')[0] !== name);
  return `${address}?${[...others, `${name}=${value}`].join('&')}${hash}`;
}

const FORMS: Record<NetworkParameter['is'], [RegExp, string]> = {
  id: [/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, - and _, 64 at most'],
  host: [/^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'must be a host name'],
};

/** What is wrong with the parameters of a programme, each by its name. */
export function parameterFaults({ network, parameters }: Programme): { name: string; detail: string }[] {
  const asked = networkOf(network).parameters;
  const unknown = Object.keys(parameters).filter((name) => !asked.some((parameter) => parameter.name === name));
  const wrong = asked.flatMap(({ name, is }) => {
    const value: unknown = parameters[name];
    const [form, detail] = FORMS[is];
    if (typeof value !== 'string') return [{ name, detail: 'is required' }];
    return form.test(value) ? [] : [{ name, detail }];
  });
  return [...unknown.map((name) => ({ name, detail: 'is none of this network’s' })), ...wrong];
}
