import type Stripe from 'stripe';

type Raw = Stripe.StripeRawError;

/** What stands below `error` in an answer. See https://docs.stripe.com/api/errors */
export type FailureBody = Pick<Raw, 'code' | 'decline_code' | 'message' | 'param' | 'charge' | 'advice_code'> & {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  payment_intent?: Stripe.PaymentIntent;
  setup_intent?: Stripe.SetupIntent;
  payment_method?: Stripe.PaymentMethod;
};

/** A request that is refused: the status and the body of the answer. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly body: FailureBody,
  ) {
    super(body.message ?? body.code ?? body.type);
  }
}

/** 400 invalid_request_error. */
export function invalid(message: string, rest: Omit<FailureBody, 'type' | 'message'> = {}): Failure {
  return new Failure(400, { type: 'invalid_request_error', message, ...rest });
}

/** 404 resource_missing, or 400 where the id is a parameter rather than a part of the path. */
export function missing(noun: string, id: string, param = 'id'): Failure {
  const body = { type: 'invalid_request_error', code: 'resource_missing', param } as const;
  return new Failure(param === 'id' || param === 'intent' ? 404 : 400, {
    ...body,
    message: `No such ${noun}: '${id}'`,
  });
}
