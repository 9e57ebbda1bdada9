import { quantityIn } from './quantity';

it.each([
  ['Qty: 2', 2, null],
  ['Cantidad 3', 3, null],
  ['2 × Candle', 2, 'Candle'],
  ['Candle x2', 2, 'Candle'],
  ['Candle (x2) $4.00', 2, 'Candle'],
  ['Black, Medium, Qty: 1', 1, 'Black, Medium'],
  ['2 uds. – Casco', 2, 'Casco'],
  ['$118 × 1', 1, null],
  ['2 × 39,95 €', 2, null],
  ['1 unidad', 1, null],
  ['(2) Dinner Plates', 2, 'Dinner Plates'],
])('reads how many of %s', (cell, quantity, name) => expect(quantityIn(cell)).toMatchObject({ quantity, name }));

it.each(['Dark Indigo, 28 x 27', 'Tabla 40x25', '80x28x202 cm', 'Total', 'Order 12', '$20.00'])(
  'takes no size, sum or number for a quantity: %s',
  (cell) => expect(quantityIn(cell)).toBeNull(),
);
