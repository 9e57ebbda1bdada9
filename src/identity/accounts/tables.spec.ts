import { TablesTold } from './tables';

describe('What modules tell of their tables', () => {
  const told = new TablesTold();

  it('is known by table, and may be said twice', () => {
    told.add('orders', { orders: true, order_events: 'history, told with its order' });
    told.add('orders', { orders: true });
    expect([...told.all().keys()]).toEqual(['orders', 'order_events']);
  });

  it('is one thing only', () => {
    expect(() => told.add('cart', { orders: 'not ours, but still there' })).toThrow(/cart says of orders/);
  });

  it('gives a reason for what is left', () => {
    expect(() => told.add('cart', { carts: '' })).toThrow('cart has to say why carts is left out');
  });
});
