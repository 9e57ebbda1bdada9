import type { MakeProductRequest } from '../catalog';

interface Goods {
  /** Key of its store */
  store: string;
  title: string;
  brand: string;
  category: string;
  /** In cents of US dollars */
  price: number;
  /** Price before */
  was?: number;
  sizes?: string[];
  colors?: string[];
  /** Goods of one number are the same item at several stores */
  item?: number;
}

const CLOTHES = ['S', 'M', 'L', 'XL'];
const WAISTS = ['30', '32', '34', '36'];
const SHOES = ['7', '8', '9', '10'];

function goods(
  store: string,
  ...rows: [title: string, brand: string, category: string, price: number, more?: Partial<Goods>][]
): Goods[] {
  return rows.map(([title, brand, category, price, more]) => ({ store, title, brand, category, price, ...more }));
}

/** What the demo stores sell. Prices of the first goods are those of the product document's example cart. */
const GOODS: Goods[] = [
  ...goods(
    'nordstrom',
    ['Black Dress', 'Mirabel', 'Dresses', 8900, { sizes: CLOTHES, colors: ['Black'], was: 12000, item: 1 }],
    ['Leather Boots', 'Northfield', 'Shoes', 15900, { sizes: SHOES, colors: ['Brown', 'Black'], item: 2 }],
    ['Cashmere Scarf', 'Mirabel', 'Accessories', 7900, { colors: ['Camel', 'Grey'], item: 3 }],
    ['Silk Blouse', 'Mirabel', 'Tops', 9800, { sizes: CLOTHES, colors: ['Ivory', 'Navy'] }],
    ['Wool Coat', 'Northfield', 'Coats', 24900, { sizes: CLOTHES, colors: ['Charcoal'], was: 29900 }],
    ['Leather Tote', 'Aldana', 'Bags', 18900, { colors: ['Cognac', 'Black'], item: 4 }],
    ['Ankle Boots', 'Northfield', 'Shoes', 13900, { sizes: SHOES, colors: ['Black'] }],
  ),
  ...goods(
    'macys',
    ['Gold Necklace', 'Aurea', 'Jewellery', 4500, { item: 5 }],
    ['Pearl Earrings', 'Aurea', 'Jewellery', 3200, { item: 6 }],
    ['Black Dress', 'Mirabel', 'Dresses', 9200, { sizes: CLOTHES, colors: ['Black'], item: 1 }],
    ['Cashmere Scarf', 'Mirabel', 'Accessories', 7400, { colors: ['Camel', 'Grey'], was: 8900, item: 3 }],
    ['Linen Shirt', 'Costa', 'Shirts', 4900, { sizes: CLOTHES, colors: ['White', 'Sky'] }],
    ['Leather Belt', 'Aldana', 'Accessories', 3500, { sizes: CLOTHES, colors: ['Brown'] }],
    ['Evening Clutch', 'Aurea', 'Bags', 6800, { colors: ['Silver', 'Gold'] }],
  ),
  ...goods(
    'oldNavy',
    ['Jeans', 'Bluewater', 'Jeans', 3999, { sizes: WAISTS, colors: ['Indigo'], item: 7 }],
    ['T-shirt', 'Bluewater', 'Tops', 1299, { sizes: CLOTHES, colors: ['White', 'Black'], item: 8 }],
    ['Hooded Sweatshirt', 'Bluewater', 'Tops', 3499, { sizes: CLOTHES, colors: ['Grey', 'Navy'] }],
    ['Chino Shorts', 'Bluewater', 'Shorts', 2699, { sizes: WAISTS, colors: ['Khaki', 'Olive'] }],
    ['Denim Jacket', 'Bluewater', 'Jackets', 4999, { sizes: CLOTHES, colors: ['Indigo'], was: 5999 }],
    ['Canvas Trainers', 'Paso', 'Shoes', 2999, { sizes: SHOES, colors: ['White', 'Red'], item: 9 }],
  ),
  ...goods(
    'walmart',
    ['T-shirt', 'Bluewater', 'Tops', 1099, { sizes: CLOTHES, colors: ['White', 'Black'], item: 8 }],
    ['Cotton Socks, five pairs', 'Paso', 'Socks', 999, { sizes: ['S', 'L'] }],
    ['Rain Jacket', 'Northfield', 'Jackets', 3999, { sizes: CLOTHES, colors: ['Yellow', 'Navy'] }],
    ['Canvas Trainers', 'Paso', 'Shoes', 2799, { sizes: SHOES, colors: ['White', 'Red'], item: 9 }],
    ['Swim Shorts', 'Costa', 'Swimwear', 1899, { sizes: CLOTHES, colors: ['Coral', 'Blue'] }],
    ['Sun Hat', 'Costa', 'Accessories', 1499, { colors: ['Natural'] }],
  ),
  ...goods(
    'target',
    ['Jeans', 'Bluewater', 'Jeans', 3799, { sizes: WAISTS, colors: ['Indigo'], item: 7 }],
    ['Pyjama Set', 'Serena', 'Nightwear', 2999, { sizes: CLOTHES, colors: ['Lilac', 'Grey'] }],
    ['Yoga Leggings', 'Serena', 'Sportswear', 2499, { sizes: CLOTHES, colors: ['Black', 'Plum'] }],
    ['Backpack', 'Northfield', 'Bags', 4499, { colors: ['Black', 'Green'], item: 10 }],
    ['Sunglasses', 'Costa', 'Accessories', 1999, { colors: ['Tortoise', 'Black'], item: 11 }],
    ['Knitted Beanie', 'Northfield', 'Accessories', 1299, { colors: ['Rust', 'Cream'] }],
  ),
  ...goods(
    'lunaYMar',
    ['Linen Summer Dress', 'Luna y Mar', 'Dresses', 7400, { sizes: CLOTHES, colors: ['Sand', 'Sea'] }],
    ['Crochet Top', 'Luna y Mar', 'Tops', 4200, { sizes: CLOTHES, colors: ['Ecru'] }],
    ['Shell Bracelet', 'Luna y Mar', 'Jewellery', 1800],
    ['Straw Tote', 'Luna y Mar', 'Bags', 5600, { colors: ['Natural'] }],
    ['Pearl Earrings', 'Aurea', 'Jewellery', 3400, { item: 6 }],
    ['Wrap Skirt', 'Luna y Mar', 'Skirts', 4900, { sizes: CLOTHES, colors: ['Terracotta', 'Indigo'] }],
  ),
  ...goods(
    'hiloTaller',
    ['Alpaca Jumper', 'Hilo', 'Knitwear', 11800, { sizes: CLOTHES, colors: ['Oatmeal', 'Forest'] }],
    ['Hand-woven Poncho', 'Hilo', 'Knitwear', 13900, { colors: ['Rust', 'Indigo'] }],
    ['Embroidered Blouse', 'Hilo', 'Tops', 6200, { sizes: CLOTHES, colors: ['White'] }],
    ['Wool Mittens', 'Hilo', 'Accessories', 2400, { sizes: ['S', 'L'], colors: ['Cream'] }],
    ['Leather Tote', 'Aldana', 'Bags', 17900, { colors: ['Cognac', 'Black'], item: 4 }],
  ),
  ...goods(
    'altamar',
    ['Espadrilles', 'Altamar', 'Shoes', 4900, { sizes: SHOES, colors: ['Navy', 'Sand'] }],
    ['Leather Boots', 'Northfield', 'Shoes', 14900, { sizes: SHOES, colors: ['Brown', 'Black'], item: 2 }],
    ['Boat Shoes', 'Altamar', 'Shoes', 8900, { sizes: SHOES, colors: ['Brown'] }],
    ['Leather Sandals', 'Altamar', 'Shoes', 6400, { sizes: SHOES, colors: ['Tan', 'Black'] }],
    ['Suede Loafers', 'Altamar', 'Shoes', 9900, { sizes: SHOES, colors: ['Taupe'], was: 11900 }],
  ),
  ...goods(
    'casaLola',
    ['Vestido de Lino', 'Casa Lola', 'Dresses', 6500, { sizes: CLOTHES, colors: ['Blanco', 'Azul'], was: 7900 }],
    ['Guayabera Clásica', 'Casa Lola', 'Shirts', 5200, { sizes: CLOTHES, colors: ['Blanco', 'Celeste'] }],
    ['Falda Plisada', 'Casa Lola', 'Skirts', 4300, { sizes: CLOTHES, colors: ['Verde'] }],
    ['Pantalón Ancho', 'Casa Lola', 'Trousers', 4800, { sizes: WAISTS, colors: ['Negro', 'Arena'] }],
    ['Bolso de Playa', 'Casa Lola', 'Bags', 3600, { colors: ['Natural'] }],
    ['Sunglasses', 'Costa', 'Accessories', 2100, { colors: ['Tortoise', 'Black'], item: 11 }],
    ['Gold Necklace', 'Aurea', 'Jewellery', 4700, { item: 5 }],
  ),
  ...goods(
    'tallerAvila',
    ['Cartera de Cuero', 'Ávila', 'Bags', 5800, { colors: ['Marrón', 'Negro'] }],
    ['Sandalias Trenzadas', 'Ávila', 'Shoes', 3900, { sizes: SHOES, colors: ['Marrón'] }],
    ['Cinturón Tejido', 'Ávila', 'Accessories', 1900, { sizes: CLOTHES }],
    ['Ruana de Páramo', 'Ávila', 'Knitwear', 7200, { colors: ['Gris', 'Vino'] }],
    ['Alpargatas', 'Ávila', 'Shoes', 2400, { sizes: SHOES, colors: ['Crudo', 'Azul'] }],
    ['Backpack', 'Northfield', 'Bags', 4700, { colors: ['Black', 'Green'], item: 10 }],
  ),
];

/** Every product with the key of its store; `pageAt` says where a partner store shows it, null for merchant stores. */
export function demoProducts(
  pageAt: (store: string, slug: string) => string | null,
): { store: string; product: MakeProductRequest }[] {
  return GOODS.map((row, index) => {
    const slug = row.title
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-');
    const product: MakeProductRequest = {
      title: row.title,
      brand: row.brand,
      category: row.category,
      gtin: row.item === undefined ? null : demoGtin(row.item),
      description: `${row.title} by ${row.brand}.`,
      url: pageAt(row.store, slug),
      imageUrls: [`https://placehold.co/600x800?text=${encodeURIComponent(row.title)}`],
      variants: variantsOf(row, slug, index),
    };
    return { store: row.store, product };
  });
}

function variantsOf(row: Goods, slug: string, productIndex: number): MakeProductRequest['variants'] {
  const usd = (amount: number) => ({ amount, currency: 'USD' });
  const sizes = row.sizes ?? [null];
  const colors = row.colors ?? [null];
  return colors.flatMap((color, colorIndex) =>
    sizes.map((size, sizeIndex) => {
      const place = colorIndex * sizes.length + sizeIndex;
      return {
        sku: [slug, color?.normalize('NFKD').replaceAll(/\p{M}/gu, ''), size].filter(Boolean).join('-').toUpperCase(),
        size,
        color,
        price: usd(row.price),
        originalPrice: row.was === undefined ? null : usd(row.was),
        // Every variant has some, but a few run low: the fifth of a product is always nearly gone.
        onHand: place === 4 ? 3 : 20 + ((productIndex * 7 + place * 5) % 40),
        buffer: place === 0 ? 2 : 0,
        alertThreshold: 5,
        externalId: String(40_000_000_000_000 + productIndex * 1_000 + place),
      };
    }),
  );
}

/** A GTIN-13 under 952, the prefix that GS1 keeps for demonstrations. */
function demoGtin(item: number): string {
  const digits = `952${String(item).padStart(9, '0')}`;
  const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return digits + ((10 - (sum % 10)) % 10);
}
