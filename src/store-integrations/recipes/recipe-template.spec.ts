import { TEMPLATE_NAMES, filled, filledUrl, namesIn, valuesOf } from './recipe-template';

const line = {
  url: 'https://shop.example/p/1?c=2',
  name: 'Dress',
  sku: 'D 1',
  size: null,
  quantity: 2,
  unitPriceCents: 8_900,
};
const INPUTS = {
  credentials: { username: 'ada@example.com', password: 'p&ss/{x}' },
  address: { name: 'Ada King Lovelace', line1: '12 Main St', line2: '', city: 'Paris', country: 'FR' },
  contact: { email: 'ada@example.com' },
  ...{ lines: [line, line], agreedTotalCents: 100, delivery: { name: 'Standard' }, order: { number: 'A/1' } },
};

describe('what templates are filled with', () => {
  it('are names that recipes may use, and nothing else', () => {
    for (const name of valuesOf(INPUTS, line).keys()) expect(TEMPLATE_NAMES).toContain(name);
  });

  it('holds both parts of a name, and one of one twice', () => {
    const values = valuesOf(INPUTS);
    expect([values.get('address.firstName'), values.get('address.lastName')]).toEqual(['Ada', 'King Lovelace']);
    const single = valuesOf({ address: { ...INPUTS.address, name: 'Plato' } });
    expect([single.get('address.firstName'), single.get('address.lastName')]).toEqual(['Plato', 'Plato']);
  });

  it('counts lines and units, and names the country', () => {
    const values = valuesOf(INPUTS);
    expect(['lineCount', 'unitCount', 'address.countryName', 'agreedTotal'].map((name) => values.get(name))).toEqual([
      '2',
      '4',
      'France',
      '100',
    ]);
  });

  it('does not hold what was not given', () => {
    const values = valuesOf(INPUTS, line);
    for (const name of ['address.line2', 'address.region', 'line.size', 'contact.phone', 'instrument.name'])
      expect(values.has(name)).toBe(false);
  });
});

describe('a template', () => {
  const values = valuesOf(INPUTS, line);

  it('is filled in once: what was filled in is no template', () => {
    expect(filled('{credentials.password} {line.sku}', values)).toBe('p&ss/{x} D 1');
    expect(namesIn('{a.b} {c}')).toEqual(['a.b', 'c']);
  });

  it('comes to nothing where a name was not given', () => {
    expect(filled('size {line.size}', values)).toBeNull();
    expect(filledUrl('/p/{line.size}', values, 'https://shop.example')).toBeNull();
  });

  it('of an address leads below the origin, whatever is filled in', () => {
    expect(filledUrl('/orders/{order.number}?q={credentials.password}', values, 'https://shop.example')?.href).toBe(
      'https://shop.example/orders/A%2F1?q=p%26ss%2F%7Bx%7D',
    );
    const evil = new Map([['order.number', '//evil.example/']]);
    expect(filledUrl('/{order.number}', evil, 'https://shop.example')?.host).toBe('shop.example');
  });

  it('may be a whole address', () => {
    expect(filledUrl('{line.url}', values, 'https://shop.example')?.href).toBe(line.url);
  });
});
