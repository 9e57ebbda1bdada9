import type { Candidate, Recipe, Target } from '../../src/store-integrations/recipes/recipe';

const field = (is: string): Candidate => ({ by: 'field', is });
const css = (is: string): Target => [{ by: 'css', is }];
const button = (name: string): Target => [{ by: 'role', role: 'button', name }];
const shows = (...target: Target) => ({ present: target });
const money = (is: string) => ({ from: css(is), as: 'money' as const });

/** How to buy at the little shop (little-shop.ts), from signing in to cancelling. */
export function littleRecipe(origin: string): Recipe {
  return {
    ...{ format: 1, origin, currency: 'USD' },
    signs: [
      {
        name: 'wrong password',
        seen: shows({ by: 'text', is: 'wrong password', contains: true }),
        sections: ['signIn'],
        means: 'login_wall',
      },
      {
        name: 'session over',
        seen: shows({ by: 'text', is: 'please sign in again', contains: true }),
        means: 'login_wall',
      },
      {
        name: 'sold out',
        seen: shows({ by: 'text', is: 'sold out' }),
        sections: ['findProduct', 'chooseVariant', 'add'],
        means: 'out_of_stock',
      },
      {
        ...{ name: 'one-time code', seen: shows(field('otp')), means: 'challenge', kind: 'one_time_code' },
        prompt: css('#otp-prompt'),
        fields: [{ name: 'code', label: 'The code that was sent to you', type: 'code', target: [field('otp')] }],
        submit: button('Verify'),
      },
      {
        ...{ name: 'new terms', seen: shows(field('terms')), means: 'challenge', kind: 'terms_changed' },
        prompt: css('#terms-text'),
        fields: [{ name: 'agree', label: 'I agree to the new terms', type: 'confirm', target: [field('terms')] }],
        submit: button('Go on'),
      },
    ],
    sections: {
      signIn: [
        {
          step: 'open',
          do: 'goto',
          url: '/account',
          waitFor: [{ any: [shows(field('password')), shows({ by: 'text', is: 'Sign out' })] }],
        },
        {
          step: 'user',
          do: 'fill',
          target: [{ by: 'autocomplete', is: 'username' }, field('user')],
          value: '{credentials.username}',
          when: shows(field('password')),
        },
        {
          step: 'password',
          do: 'fill',
          target: [field('password')],
          value: '{credentials.password}',
          when: shows(field('password')),
        },
        {
          step: 'enter',
          do: 'click',
          target: button('Sign in'),
          when: shows(field('password')),
          waitFor: [shows({ by: 'text', is: 'Sign out' })],
        },
      ],
      emptyCart: [
        { step: 'open', do: 'goto', url: '/cart' },
        {
          ...{ step: 'empty', do: 'repeat', while: shows({ by: 'text', is: 'Remove' }), atMost: 20 },
          steps: [{ step: 'remove', do: 'click', target: [{ by: 'text', is: 'Remove', nth: 0 }] }],
        },
      ],
      findProduct: [
        {
          step: 'open',
          do: 'goto',
          url: '{line.url}',
          waitFor: [shows({ by: 'role', role: 'heading', name: '{line.name}' })],
        },
      ],
      chooseVariant: [
        {
          step: 'size',
          do: 'select',
          target: [{ by: 'label', is: 'Size' }],
          options: ['{line.size}'],
          when: { given: 'line.size' },
          otherwise: 'out_of_stock',
        },
      ],
      add: [
        { step: 'quantity', do: 'fill', target: [field('quantity')], value: '{line.quantity}' },
        { step: 'add', do: 'click', target: button('Add to cart'), waitFor: [{ path: '/cart' }] },
      ],
      cartCheck: [
        { step: 'lines', do: 'wait', check: [{ count: css('.line'), is: '{lineCount}' }] },
        {
          ...{ step: 'read', do: 'read' },
          read: {
            lines: {
              each: css('.line'),
              read: {
                name: { from: css('.name'), as: 'text' },
                quantity: { from: css('.quantity'), as: 'integer' },
                unitPrice: money('.price'),
              },
            },
          },
        },
      ],
      address: [
        { step: 'open', do: 'goto', url: '/checkout', waitFor: [shows(field('line1'))] },
        { step: 'name', do: 'fill', target: [field('name')], value: '{address.name}' },
        {
          step: 'line1',
          do: 'fill',
          target: [{ by: 'autocomplete', is: 'address-line1' }, field('line1')],
          value: '{address.line1}',
        },
        { step: 'go on', do: 'click', target: button('Continue'), waitFor: [{ path: '/checkout/delivery' }] },
      ],
      delivery: [
        {
          ...{ step: 'read', do: 'read' },
          read: {
            deliveryOptions: {
              each: [{ by: 'css', is: 'label.option' }],
              read: { name: { from: css('b'), as: 'text' }, price: { ...money('i'), words: { free: '0' } } },
            },
          },
        },
        {
          step: 'choose',
          do: 'check',
          target: [{ by: 'label', is: '{delivery.name}', contains: true }],
          on: true,
          when: { given: 'delivery.name' },
        },
        { step: 'go on', do: 'click', target: button('Continue'), waitFor: [{ path: '/checkout/payment' }] },
      ],
      payment: [
        {
          step: 'saved card',
          do: 'check',
          target: [{ by: 'label', is: 'ending in', contains: true, nth: 0 }],
          on: true,
          otherwise: 'no_instrument',
          timeoutMs: 1_500,
        },
        { step: 'go on', do: 'click', target: button('Continue'), waitFor: [{ path: '/checkout/review' }] },
      ],
      review: [
        {
          ...{ step: 'read', do: 'read' },
          read: {
            subtotal: money('#subtotal'),
            shipping: money('#shipping'),
            tax: money('#tax'),
            total: money('#total'),
            instrument: { from: css('#card'), as: 'text' },
          },
          check: [{ reading: { from: css('#to'), as: 'text' }, contains: '{address.line1}' }],
        },
      ],
      place: [
        {
          ...{
            step: 'place order',
            do: 'click',
            last: true,
            target: [{ by: 'testId', is: 'place' }, ...button('Place order')],
          },
          check: [{ reading: money('#total'), atMost: '{agreedTotal}', otherwise: 'price_moved' }],
          waitFor: [{ path: '/thanks' }],
        },
      ],
      confirmation: [
        {
          step: 'read',
          do: 'read',
          read: { orderNumber: { from: css('#order'), as: 'text', pattern: '[A-Z]-\\d+' }, total: money('#total') },
        },
      ],
      orderList: [
        {
          step: 'open',
          do: 'goto',
          url: '/orders',
          waitFor: [shows({ by: 'role', role: 'heading', name: 'Your orders' })],
        },
        {
          ...{ step: 'read', do: 'read' },
          read: {
            orders: {
              each: css('.order'),
              read: {
                number: { from: css('.number'), as: 'text' },
                total: money('.total'),
                placedAt: { from: css('time'), as: 'time', attribute: 'datetime' },
                url: { from: css('a'), as: 'url' },
              },
            },
          },
        },
      ],
      track: [
        { step: 'open', do: 'goto', url: '/orders/{order.number}' },
        {
          ...{ step: 'read', do: 'read' },
          read: {
            status: {
              from: css('#status'),
              as: 'text',
              words: { 'On its way': 'shipped', 'Being packed': 'processing', Cancelled: 'cancelled' },
            },
            parcels: {
              each: css('.parcel'),
              read: {
                carrier: { from: css('.carrier'), as: 'text' },
                trackingNumber: { from: css('.tracking'), as: 'text' },
                trackingUrl: { from: css('a'), as: 'url', optional: true },
              },
            },
          },
        },
      ],
      cancel: [
        { step: 'open', do: 'goto', url: '/orders/{order.number}' },
        {
          step: 'cancel',
          do: 'click',
          last: true,
          target: button('Cancel order'),
          waitFor: [shows({ by: 'text', is: 'Cancelled' })],
        },
        {
          step: 'read',
          do: 'read',
          read: { status: { from: css('#status'), as: 'text', words: { Cancelled: 'cancelled' } } },
        },
      ],
    },
  };
}

export const RECIPE = littleRecipe('https://shop.example');
