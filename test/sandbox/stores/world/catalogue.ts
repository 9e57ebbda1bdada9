export interface Good {
  sku: string;
  title: string;
  cents: number;
  /** Units on hand. */
  stock: number;
  /** Sold only to those whose age the store itself has seen: the shopper must go on at the store. */
  ageChecked?: boolean;
}

/** What a store sells. SKUs are what its protocols call an item's id. */
export class Catalogue {
  private goods = new Map<string, Good>();

  constructor(private readonly first: readonly Good[]) {
    this.reset();
  }

  of(sku: string): Good | undefined {
    return this.goods.get(sku);
  }

  all(): Good[] {
    return [...this.goods.values()];
  }

  /** Throws where the store has no such goods: a test has mistyped it. */
  change(sku: string, change: Partial<Pick<Good, 'cents' | 'stock' | 'title'>>): Good {
    const good = this.goods.get(sku);
    if (!good) throw new Error(`No goods ${sku}`);
    return Object.assign(good, change);
  }

  /** All lines or none. */
  take(lines: { sku: string; quantity: number }[]): boolean {
    const wanted = new Map<string, number>();
    for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
    for (const [sku, quantity] of wanted) if ((this.goods.get(sku)?.stock ?? 0) < quantity) return false;
    for (const [sku, quantity] of wanted) this.goods.get(sku)!.stock -= quantity;
    return true;
  }

  putBack(lines: { sku: string; quantity: number }[]): void {
    for (const { sku, quantity } of lines) {
      const good = this.goods.get(sku);
      if (good) good.stock += quantity;
    }
  }

  reset(): void {
    this.restore(this.first.map((good) => ({ ...good })));
  }

  restore(goods: Good[]): void {
    this.goods = new Map(goods.map((good) => [good.sku, good]));
  }
}

export const WALMART_GOODS: readonly Good[] = [
  { sku: 'WM-1', title: 'Stoneware mug, 12 oz', cents: 1299, stock: 500 },
  { sku: 'WM-2', title: 'Cotton bath towel', cents: 899, stock: 500 },
  { sku: 'WM-3', title: 'LED desk lamp', cents: 2497, stock: 500 },
  { sku: 'WM-4', title: 'Cast iron skillet, the last one', cents: 1999, stock: 1 },
  { sku: 'WM-5', title: "Chef's knife, 8 in", cents: 3499, stock: 500, ageChecked: true },
  { sku: 'WM-6', title: 'Picnic blanket', cents: 2250, stock: 0 },
  { sku: 'WM-7', title: 'Storage basket', cents: 1550, stock: 500 },
  { sku: 'WM-8', title: 'Espresso machine', cents: 24900, stock: 500 },
];

export const TARGET_GOODS: readonly Good[] = [
  { sku: 'TG-1', title: 'Linen throw pillow', cents: 2000, stock: 500 },
  { sku: 'TG-2', title: 'Ceramic planter', cents: 1500, stock: 500 },
  { sku: 'TG-3', title: 'Wooden toy train', cents: 2799, stock: 500 },
  { sku: 'TG-4', title: 'Board game, the last one', cents: 3199, stock: 1 },
  { sku: 'TG-5', title: 'Fondue lighter fluid', cents: 799, stock: 500, ageChecked: true },
  { sku: 'TG-6', title: 'Wicker chair', cents: 8999, stock: 0 },
  { sku: 'TG-7', title: 'Scented candle', cents: 1200, stock: 500 },
  { sku: 'TG-8', title: 'Robot vacuum', cents: 29900, stock: 500 },
];
