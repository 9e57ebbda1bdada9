export { CartAvailability, type QuotedLine } from './availability/cart-availability';
export { CartCheckout, type FrozenLine, type OfferedLines } from './cart-checkout';
export { CartHolders } from './cart-holders';
export type { LineIdentity } from './cart-line';
export { CartModule } from './cart.module';
export type { CartLine } from './cart-reading';
export { moneyIn, type MoneyIn } from './money-in';
export { FeeResponse, ProblemNoteResponse } from './dto/cart.response';
