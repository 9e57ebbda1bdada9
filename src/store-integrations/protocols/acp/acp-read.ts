import type { AnswerReader } from '../answer-reader';

/**
 * An address that a shopper may be sent to: https, or http where the store itself is one of the sandbox. Another one is left
 * out rather than a reason to refuse the answer: it is an offer of the store's, no part of the bargain.
 */
export function shopperUrl(json: AnswerReader, mayBeHttp: boolean): string | null {
  try {
    return json.urlOrNull(mayBeHttp);
  } catch {
    return null;
  }
}

/** What people know an order by: its number, else that of its confirmation, else its id. */
export function orderNumber(order: AnswerReader): string {
  const number =
    order.at('order_number').textOrNull() ?? order.at('confirmation').at('confirmation_number').textOrNull();
  return (number ?? order.at('id').id()).slice(0, 100);
}

export function integerOrNull(json: AnswerReader): number | null {
  return json.isThere ? json.integer() : null;
}

/** Only where it is said. */
export function isTrue(json: AnswerReader): boolean {
  return json.isThere && json.flag();
}
