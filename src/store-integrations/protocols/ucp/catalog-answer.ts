import type { AnswerReader } from '../answer-reader';
import type { BasketLine, RemoteAvailability } from '../store-api';
import { assertByThePiece } from './checkout-answer';

/** What a look-up says of each line: goods that it does not name are not to be had. Throws BadAnswer. */
export function readAvailability(answer: AnswerReader, lines: BasketLine[], currency: string): RemoteAvailability[] {
  const found = new Map<string, Omit<RemoteAvailability, 'itemId'>>();
  const variants = answer
    .at('products')
    .list()
    .flatMap((product) => product.at('variants').list());
  for (const variant of variants) {
    const about = readVariant(variant, currency);
    for (const id of namesOf(variant)) if (!found.has(id)) found.set(id, about);
  }
  return lines.map(({ itemId, externalId }) => ({
    itemId,
    ...(found.get(externalId) ?? { priceCents: null, available: 0 }),
  }));
}

/** What of the request led to it, exactly; a variant that stands for a whole product is not what was asked for. */
function namesOf(variant: AnswerReader): string[] {
  const inputs = variant.at('inputs').list();
  const exact = inputs.filter((input) => (input.at('match').idOrNull() ?? 'exact') === 'exact');
  return [variant.at('id').id(), ...exact.map((input) => input.at('id').id())];
}

function readVariant(variant: AnswerReader, currency: string): Omit<RemoteAvailability, 'itemId'> {
  assertByThePiece(variant);
  const price = variant.at('price');
  const available = variant.at('availability').at('available');
  return {
    priceCents: price.at('currency').currency() === currency ? price.at('amount').amount() : null,
    available: available.isThere && !available.flag() ? 0 : null,
  };
}
