import type { Connection } from './client';
import { Picker, RESOURCES_PER_CONNECTION, inParallel, type Operation, type Side } from './operations';

const VARIANTS = Array.from({ length: 50 }, (_, index) => index + 1);
const ADDRESS = {
  name: 'Ana Pérez',
  line1: '350 5th Ave',
  city: 'New York',
  region: 'NY',
  postalCode: '10118',
  country: 'US',
};

/** The hand-written server's calls, as its README lists them. */
export class BaselineSide implements Side {
  readonly name = 'baseline';
  private readonly carts: { id: string; variantId: number }[][] = [];
  private readonly orders: string[][] = [];
  private readonly picker = new Picker();

  /** Makes the carts of five lines and the orders of three that reads and writes go round. */
  async prepare(connections: Connection[]): Promise<void> {
    await inParallel(connections, connections.length * RESOURCES_PER_CONNECTION, async (client, connection) => {
      const variants = this.picker.some(VARIANTS, 5);
      const cart = await client.json<{ id: string }>('POST', '/carts', { items: variants.map(item) });
      (this.carts[connection] ??= []).push({ id: cart.id, variantId: variants[2]! });
      (this.orders[connection] ??= []).push(await this.journey(client));
    });
  }

  async perform(operation: Operation, client: Connection, connection: number, round: number): Promise<void> {
    const carts = this.carts[connection]!;
    const cart = carts[round % carts.length]!;
    if (operation.startsWith('cart read')) await client.send('GET', `/carts/${cart.id}`);
    else if (operation === 'cart write') {
      await client.send('PATCH', `/carts/${cart.id}/items/${cart.variantId}`, { qty: 1 + (round % 9) });
    } else if (operation === 'order read') {
      const orders = this.orders[connection]!;
      await client.send('GET', `/orders/${orders[round % orders.length]}`);
    } else {
      const journeys = operation === 'journey, one store' ? 1 : 3;
      for (let journey = 0; journey < journeys; journey++) await this.journey(client);
    }
  }

  /** Create, add three lines, address, shipping options, shipping, payment, complete. */
  private async journey(client: Connection): Promise<string> {
    const { id } = await client.json<{ id: string }>('POST', '/carts', { items: [] });
    for (const variantId of this.picker.some(VARIANTS, 3))
      await client.send('POST', `/carts/${id}/items`, item(variantId));
    await client.send('PUT', `/carts/${id}/address`, { email: 'ana@example.com', address: ADDRESS });
    const [option] = await client.json<{ id: number }[]>('GET', `/carts/${id}/shipping-options`);
    await client.send('PUT', `/carts/${id}/shipping`, { optionId: option!.id });
    await client.send('PUT', `/carts/${id}/payment`, { provider: 'dummy' });
    const order = await client.json<{ id: number }>('POST', `/carts/${id}/complete`);
    return String(order.id);
  }
}

const item = (variantId: number) => ({ variantId, qty: 1 });
