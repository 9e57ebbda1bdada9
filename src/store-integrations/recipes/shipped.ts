import type { Recipe } from './recipe';
import macys from './shipped/macys.json';
import nordstrom from './shipped/nordstrom.json';
import oldnavy from './shipped/oldnavy.json';

const SHIPPED = { nordstrom, macys, oldnavy };
export type ShippedShop = keyof typeof SHIPPED;

/** A recipe that comes with Muse, of a shop of the sandbox, for where that shop is; `frameUrl`: where its frames come from. */
export function shippedRecipe(shop: ShippedShop, { url, frameUrl }: { url: string; frameUrl?: string }): Recipe {
  const recipe = SHIPPED[shop] as unknown as Recipe;
  return { ...recipe, origin: url, ...(recipe.hosts && frameUrl && { hosts: [new URL(frameUrl).host] }) };
}
