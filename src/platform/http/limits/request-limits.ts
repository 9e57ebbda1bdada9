import { Injectable } from '@nestjs/common';
import { Buckets } from './buckets';
import { Counters } from './counters';
import { RateLimited, type Limit } from './limit';
import { networkOf, type From } from './network';

const OF_A_CALLER: Limit = { name: 'requests', most: 1_200, perSeconds: 60 };
const OF_AN_ADDRESS: Limit = { name: 'unauthenticated-requests', most: 600, perSeconds: 60 };

/**
 * What any request falls under, in this process alone: whoever has a token by who they are, wherever they call from;
 * everybody else, a token that is not valid included, by network address. Costs no statement.
 */
@Injectable()
export class RequestLimits {
  private readonly callers: Buckets;
  private readonly addresses: Buckets;

  constructor(counters: Counters) {
    this.callers = new Buckets(counters.inForce(OF_A_CALLER));
    this.addresses = new Buckets(counters.inForce(OF_AN_ADDRESS));
  }

  /** Throws RateLimited. */
  admitCaller(id: string): void {
    if (!this.callers.take(id)) throw new RateLimited(this.callers.limit, this.callers.drainsIn(id));
  }

  /** Throws RateLimited. */
  admitAddress(from: From): void {
    const network = networkOf(from);
    if (!this.addresses.take(network)) this.refuse(network);
  }

  /** Before a token is looked up that may be anything: no more look-ups than wrong tokens would be allowed. Throws RateLimited. */
  assertMayLookUp(from: From): void {
    const network = networkOf(from);
    if (!this.addresses.hasRoom(network)) this.refuse(network);
  }

  private refuse(network: string): never {
    throw new RateLimited(this.addresses.limit, this.addresses.drainsIn(network));
  }
}
