import type { AnswerReader } from '../answer-reader';

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
