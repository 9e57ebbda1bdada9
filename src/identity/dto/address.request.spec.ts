import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AddressRequest } from './address.request';

const newYork = {
  name: 'Ana',
  line1: '350 5th Ave',
  city: 'New York',
  region: 'NY',
  postalCode: '10118',
  country: 'US',
};

function read(value: object): { address: AddressRequest; faults: Record<string, string[]> } {
  const address = plainToInstance(AddressRequest, value);
  const errors = validateSync(address, { whitelist: true, forbidNonWhitelisted: true });
  return { address, faults: Object.fromEntries(errors.map((e) => [e.property, Object.values(e.constraints ?? {})])) };
}

describe('AddressRequest', () => {
  it.each([
    newYork,
    { name: 'A', line1: 'B', city: 'Caracas', country: 'VE' },
    {
      name: 'A',
      line1: 'B',
      city: 'Caracas',
      region: 'Distrito Capital',
      postalCode: '1010',
      country: 'VE',
      lat: 10.5,
      lng: -66.9,
    },
    { name: 'A', line1: 'B', city: 'London', postalCode: 'sw1a 1aa', country: 'gb' },
    { name: 'A', line1: 'B', city: 'Berlin', postalCode: '10115', country: 'DE', phone: '+49 30 123456', line2: null },
    { name: 'A', line1: 'B', city: 'Tokyo', postalCode: '1000001', country: 'JP' },
    { name: 'A', line1: 'B', city: 'Hong Kong', country: 'HK' },
  ])('takes $city, $country', (value) => {
    expect(read(value).faults).toEqual({});
  });

  it('names the region by its code, however it was written', () => {
    expect(read({ ...newYork, region: 'new york' }).address.region).toBe('NY');
    expect(read({ ...newYork, country: 'us', region: 'ny' }).address.region).toBe('NY');
    const montreal = { ...newYork, country: 'CA', region: 'Québec', postalCode: 'h2x 1y4' };
    expect(read(montreal).address).toMatchObject({ region: 'QC', postalCode: 'H2X 1Y4' });
    expect(read({ ...montreal, region: 'Quebec' }).faults).toEqual({});
    const regionOf = (country: string, region: string) => read({ ...newYork, country, region }).address.region;
    for (const [country, region, code] of [
      ['AU', 'New South Wales', 'NSW'],
      ['BR', 'sao paulo', 'SP'],
      ['US', 'District of Columbia', 'DC'],
      ['US', 'Puerto Rico', 'PR'],
      ['US', 'ae', 'AE'],
      ['US', 'U.S. Virgin Islands', 'VI'],
      ['MX', 'Jalisco', 'JAL'],
      ['MX', 'CDMX', 'CMX'],
      ['IN', 'Maharashtra', 'MH'],
    ] as const)
      expect([country, region, regionOf(country, region)]).toEqual([country, region, code]);
  });

  it('takes a region as it is written where people have more names for it than the standard', () => {
    expect(read({ ...newYork, country: 'MX', region: 'Edo. Mex.', postalCode: '50000' }).address.region).toBe(
      'Edo. Mex.',
    );
    expect(read({ ...newYork, country: 'MX', region: 'Edo. Mex.', postalCode: '50000' }).faults).toEqual({});
    expect(read({ ...newYork, country: 'VE', region: 'Distrito Capital', postalCode: '1010' }).address.region).toBe(
      'Distrito Capital',
    );
    expect(read({ ...newYork, country: 'MX', region: undefined, postalCode: '50000' }).faults).toEqual({
      region: ['region is required in MX'],
    });
  });

  it.each([
    [{ ...newYork, postalCode: undefined }, { postalCode: ['postalCode is required in US'] }],
    [{ ...newYork, postalCode: null }, { postalCode: ['postalCode is required in US'] }],
    [{ ...newYork, postalCode: '1011' }, { postalCode: ['postalCode is not one of US'] }],
    [{ ...newYork, region: undefined }, { region: ['region is required in US'] }],
    [{ ...newYork, region: 'Nowhere' }, { region: ['region is not one of US: give a code such as AK'] }],
    [{ ...newYork, country: 'VE', region: null, postalCode: '10118' }, { postalCode: ['postalCode is not one of VE'] }],
    [
      { name: 'A', line1: 'B', city: 'C', postalCode: 'SW1A', country: 'GB' },
      { postalCode: ['postalCode is not one of GB'] },
    ],
    [{ ...newYork, phone: 'call me' }, { phone: ['phone must be a telephone number'] }],
  ])('says what is wrong with %j', (value, faults) => {
    expect(read(value).faults).toEqual(faults);
  });

  it.each([
    [{ ...newYork, country: 'XX' }, 'country'],
    [{ ...newYork, country: 7 }, 'country'],
    [{ ...newYork, country: undefined }, 'country'],
    [{ ...newYork, name: '   ' }, 'name'],
    [{ ...newYork, line1: 'x'.repeat(201) }, 'line1'],
    [{ ...newYork, lat: 91 }, 'lat'],
    [{ ...newYork, lng: '12' }, 'lng'],
    [{ ...newYork, region: { a: 1 } }, 'region'],
    [{ ...newYork, postalCode: ['10118'] }, 'postalCode'],
    [{ ...newYork, extra: 1 }, 'extra'],
  ])('refuses %j', (value, property) => {
    expect(Object.keys(read(value).faults)).toContain(property);
  });

  it('keeps every member that is absent as null', () => {
    expect(AddressRequest.toAddress(read(newYork).address)).toEqual({
      ...newYork,
      line2: null,
      phone: null,
      lat: null,
      lng: null,
    });
  });
});
