export { CartCheckout, type FrozenLine, type OfferedLines } from './cart-checkout';
export type { LineIdentity } from './cart-line';
export { moneyIn, type MoneyIn } from './cart-view';
export { CartModule } from './cart.module';
export type { CartLine } from './cart.repository';
export { FeeResponse, ProblemNoteResponse } from './dto/cart.response';
