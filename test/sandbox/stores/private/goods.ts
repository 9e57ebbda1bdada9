import type { Good } from '../world/catalogue';

export const MARLOW_GOODS: readonly Good[] = [
  { sku: 'ML-1', title: 'Field notebook, dotted', cents: 1450, stock: 200 },
  { sku: 'ML-2', title: 'Brass pencil sharpener', cents: 2200, stock: 200 },
  { sku: 'ML-3', title: 'Wool desk mat', cents: 5900, stock: 200 },
  { sku: 'ML-4', title: 'Letter scale, the last one', cents: 4800, stock: 1 },
  { sku: 'ML-5', title: 'Paper knife', cents: 3100, stock: 200, ageChecked: true },
  { sku: 'ML-6', title: 'Ink, iron gall', cents: 1900, stock: 0 },
];
