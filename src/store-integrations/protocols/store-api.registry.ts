import { Inject, Injectable } from '@nestjs/common';
import type { ConnectedStore, StoreApi } from './store-api';
import { StoreFault } from './store-fault';

/** Those of the open protocols, and the adapters of stores that have neither, each under its name. */
export const STORE_APIS = Symbol('STORE_APIS');

/** A private adapter says which stores' it is: the name that an admin gives in the store's connection. */
export type NamedStoreApi = StoreApi & { readonly adapter?: string };

/** Who speaks to a store. */
@Injectable()
export class StoreApiRegistry {
  private readonly byName = new Map<string, StoreApi>();

  constructor(@Inject(STORE_APIS) apis: NamedStoreApi[]) {
    for (const api of apis) {
      const name = nameOf(api.protocol, api.adapter ?? null);
      if (this.byName.has(name)) throw new Error(`Two interfaces for ${name}`);
      this.byName.set(name, api);
    }
  }

  /** Throws StoreFault `unavailable` where nobody speaks to it (an adapter that this version does not have). */
  for(store: Pick<ConnectedStore, 'protocol' | 'adapter' | 'name'>): StoreApi {
    const api = this.byName.get(nameOf(store.protocol, store.adapter));
    if (!api) throw new StoreFault('unavailable', 'no_adapter', `${store.name} cannot be reached by its API.`);
    return api;
  }

  /** The adapters of stores with an interface of their own, by name. */
  get adapters(): string[] {
    return [...this.byName.keys()].flatMap((name) => (name.startsWith('private:') ? [name.slice(8)] : []));
  }
}

function nameOf(protocol: string, adapter: string | null): string {
  return protocol === 'private' ? `private:${adapter}` : protocol;
}
