import type { World } from '../world/world';
import { readParameters, type Parameters } from './parameters';
import type { Fields } from './form';

/** The account that a request is made for: the platform's own is null. */
export type Owner = string | null;

export interface Call {
  world: World;
  /** The header Stripe-Account. */
  owner: Owner;
  requestId: string;
  idempotencyKey: string | null;
  /** The address of the double, for the pages that it shows. */
  baseUrl: string;
  /** The variable parts of the path, in order. */
  ids: string[];
}

export interface Endpoint {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below /v1: 'payment_intents/:id/capture'. */
  path: string;
  /** Refuses bad parameters before anything happens; what it answers runs the effect. */
  prepare(call: Call, fields: Fields): () => unknown;
}

/** `A` is the type that stripe-node has for the answer: another shape does not compile. */
export function endpoint<P extends object, A>(
  method: Endpoint['method'],
  path: string,
  parameters: Parameters<P>,
  run: (call: Call, given: P, id: string) => A,
): Endpoint {
  return {
    method,
    path,
    prepare(call, fields) {
      const given = readParameters<P>(parameters, fields);
      return () => run(call, given, call.ids[0] ?? '');
    },
  };
}
