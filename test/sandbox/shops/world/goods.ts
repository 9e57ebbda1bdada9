/** What a shop sells, in all its sizes and colours. */
export interface Good {
  id: string;
  title: string;
  brand: string;
  cents: number;
  sizes: string[];
  colors: string[];
}

/** One of them, as it is counted. */
export interface Variant {
  sku: string;
  good: Good;
  size: string | null;
  color: string | null;
  stock: number;
}

const STOCK = 5_000;

/** The goods of a shop and how many of each variant there are. */
export class Goods {
  private variants = new Map<string, Variant>();

  constructor(private readonly first: readonly Good[]) {
    this.reset();
  }

  good(id: string): Good | undefined {
    return this.first.find((good) => good.id === id);
  }

  list(): readonly Good[] {
    return this.first;
  }

  of(sku: string): Variant | undefined {
    return this.variants.get(sku);
  }

  all(): Variant[] {
    return [...this.variants.values()];
  }

  /** The variant of a good that was chosen; undefined where a choice is missing. */
  chosen(id: string, size: string | null, color: string | null): Variant | undefined {
    return this.all().find(
      (one) =>
        one.good.id === id &&
        (one.size ?? '') === (size ?? one.size ?? '') &&
        (one.color ?? '') === (color ?? one.color ?? '') &&
        (one.size === null || size !== null) &&
        (one.color === null || color !== null),
    );
  }

  change(sku: string, { cents, stock }: { cents?: number; stock?: number }): void {
    const variant = this.variants.get(sku);
    if (!variant) throw new Error(`No variant ${sku}`);
    if (cents !== undefined) variant.good = { ...variant.good, cents };
    if (stock !== undefined) variant.stock = stock;
  }

  /** All of them or none. */
  take(lines: { sku: string; quantity: number }[]): boolean {
    if (lines.some(({ sku, quantity }) => (this.of(sku)?.stock ?? 0) < quantity)) return false;
    for (const { sku, quantity } of lines) this.of(sku)!.stock -= quantity;
    return true;
  }

  putBack(lines: { sku: string; quantity: number }[]): void {
    for (const { sku, quantity } of lines) this.of(sku)!.stock += quantity;
  }

  reset(): void {
    this.variants = new Map(
      this.first.flatMap((good) =>
        orNone(good.sizes).flatMap((size) =>
          orNone(good.colors).map((color) => {
            const sku = [good.id, size, color]
              .filter((part) => part !== null)
              .join('-')
              .toUpperCase();
            return [sku, { sku, good, size, color, stock: STOCK }] as const;
          }),
        ),
      ),
    );
  }
}

function orNone(choices: string[]): (string | null)[] {
  return choices.length === 0 ? [null] : choices;
}
