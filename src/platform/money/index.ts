export { allocate } from './allocate';
export { compose, convert, convertBy, invert, ratio, type Ratio } from './convert';
export { MAX_PRICE_MINOR, NO_MONEY, minorDigits, money, type Money } from './money';
export { MoneyDto } from './money.dto';
export { MoneyResponse } from './money.response';
