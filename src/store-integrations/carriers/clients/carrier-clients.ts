import { Injectable } from '@nestjs/common';
import { Config } from '../../../platform/config';
import { StoreHttp } from '../../protocols/store-http';
import type { CarrierCode } from '../carriers';
import type { CarrierClient } from './carrier-client';
import { DhlClient } from './dhl';
import { FedexClient } from './fedex';
import { UpsClient } from './ups';
import { UspsClient } from './usps';

/** Where their APIs are. */
const BASES = {
  ups: 'https://onlinetools.ups.com',
  fedex: 'https://apis.fedex.com',
  usps: 'https://apis.usps.com',
  dhl: 'https://api-eu.dhl.com',
};

/** Whom Muse can ask where parcels are: the carriers whose keys are configured. */
@Injectable()
export class CarrierClients {
  private readonly clients = new Map<CarrierCode, CarrierClient>();

  constructor(config: Config, http: StoreHttp) {
    const base = (name: keyof typeof BASES) =>
      config.CARRIER_API_BASE ? `${config.CARRIER_API_BASE.replace(/\/$/, '')}/${name}` : BASES[name];
    const keys = (id: string | undefined, secret: string | undefined) => (id && secret ? { id, secret } : null);
    const ups = keys(config.UPS_CLIENT_ID, config.UPS_CLIENT_SECRET);
    const fedex = keys(config.FEDEX_CLIENT_ID, config.FEDEX_CLIENT_SECRET);
    const usps = keys(config.USPS_CLIENT_ID, config.USPS_CLIENT_SECRET);
    const { DHL_API_KEY: dhl } = config;
    if (ups) this.add(new UpsClient(http, base('ups'), ups));
    if (fedex) this.add(new FedexClient(http, base('fedex'), fedex));
    if (usps) this.add(new UspsClient(http, base('usps'), usps));
    if (dhl) this.add(new DhlClient('dhl', http, base('dhl'), dhl));
    if (dhl) this.add(new DhlClient('dhl_ecommerce', http, base('dhl'), dhl));
  }

  /** Null where its keys are not configured. */
  of(carrier: CarrierCode): CarrierClient | null {
    return this.clients.get(carrier) ?? null;
  }

  get carriers(): CarrierCode[] {
    return [...this.clients.keys()];
  }

  private add(client: CarrierClient): void {
    this.clients.set(client.carrier, client);
  }
}
