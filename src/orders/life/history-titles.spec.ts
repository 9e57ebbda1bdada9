import { historyTitle } from './history-titles';

const entry = (type: string, more: object = {}) => ({ type, actor: 'system', reason: null, after: null, ...more });

describe('The title of an entry of history', () => {
  it('says who did it, or which code it was for, where that is told', () => {
    expect(historyTitle(entry('cancelled'), 'en')).toBe('Cancelled');
    expect(historyTitle(entry('cancelled', { actor: 'merchant' }), 'en')).toBe('Cancelled by the store');
    expect(historyTitle(entry('cancelled', { reason: 'not_confirmed_in_time' }), 'es')).toBe(
      'Cancelado: la tienda no lo confirmó a tiempo',
    );
    expect(historyTitle(entry('marked_complete', { after: { side: 'merchant' } }), 'en')).toBe(
      'Marked complete by the store',
    );
  });

  it('is there for a type that is not known', () => {
    expect(historyTitle(entry('something_new'), 'es')).toBe('Pedido actualizado');
  });
});
