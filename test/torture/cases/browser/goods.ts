import type { TorturedShop } from './plans';

export interface BasketLine {
  id: string;
  sku: string;
  name: string;
  size?: string;
  color?: string;
  quantity: number;
  unitPriceCents: number;
}

/** What is bought at each shop: one thing, two, and several with all their choices. */
export const GOODS: Record<TorturedShop, BasketLine[][]> = {
  nordstrom: [
    [{ id: 'nd-105', sku: 'ND-105', name: 'Leather Tote', quantity: 1, unitPriceCents: 18900 }],
    [
      {
        ...{ id: 'nd-101', sku: 'ND-101-M-BLACK', name: 'Black Dress', size: 'M', color: 'Black' },
        ...{ quantity: 1, unitPriceCents: 8900 },
      },
    ],
    [
      {
        ...{ id: 'nd-102', sku: 'ND-102-9-BROWN', name: 'Leather Boots', size: '9', color: 'Brown' },
        ...{ quantity: 1, unitPriceCents: 15900 },
      },
      { id: 'nd-103', sku: 'ND-103-GREY', name: 'Cashmere Scarf', color: 'Grey', quantity: 2, unitPriceCents: 7900 },
    ],
  ],
  macys: [
    [{ id: '4501', sku: '4501', name: 'Gold Necklace', quantity: 1, unitPriceCents: 4500 }],
    [
      {
        ...{ id: '4505', sku: '4505-M-SKY', name: 'Linen Shirt', size: 'M', color: 'Sky' },
        ...{ quantity: 3, unitPriceCents: 4900 },
      },
    ],
    [
      {
        ...{ id: '4503', sku: '4503-L-BLACK', name: 'Black Dress', size: 'L', color: 'Black' },
        ...{ quantity: 1, unitPriceCents: 9200 },
      },
      { id: '4504', sku: '4504-CAMEL', name: 'Cashmere Scarf', color: 'Camel', quantity: 2, unitPriceCents: 7400 },
    ],
  ],
  oldnavy: [
    [{ id: 'on7005', sku: 'ON7005', name: 'Canvas Bag', quantity: 2, unitPriceCents: 1999 }],
    [
      {
        ...{ id: 'on7001', sku: 'ON7001-32-INDIGO', name: 'Jeans', size: '32', color: 'Indigo' },
        ...{ quantity: 1, unitPriceCents: 3999 },
      },
    ],
    [
      {
        ...{ id: 'on7002', sku: 'ON7002-L-WHITE', name: 'T-shirt', size: 'L', color: 'White' },
        ...{ quantity: 3, unitPriceCents: 1299 },
      },
      {
        ...{ id: 'on7003', sku: 'ON7003-S-NAVY', name: 'Hooded Sweatshirt', size: 'S', color: 'Navy' },
        ...{ quantity: 1, unitPriceCents: 3499 },
      },
    ],
  ],
};
