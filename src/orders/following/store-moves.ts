import type { OrderSnapshot } from '../../store-integrations';
import type { OrderAction, OrderStatus } from '../order-states';

const SENT: ReadonlySet<OrderStatus> = new Set(['shipped', 'delivered', 'completed']);

/**
 * On which ways of TRANSITIONS an order comes to where its store sees it: none where it is there, or further. `left`: how many
 * parcels have left that had not, as far as was known.
 */
export function movesTo(status: OrderStatus, told: OrderSnapshot['status'], left: number): OrderAction[] {
  // One that a store takes by its interface is confirmed from the first.
  const isOpen = status === 'confirmed' || status === 'processing';
  switch (told) {
    case 'confirmed':
    case 'processing':
      if (isOpen && left > 0) return ['shipPart'];
      return told === 'processing' && status === 'confirmed' ? ['prepare'] : [];
    case 'shipped':
      return isOpen ? ['ship'] : [];
    case 'delivered':
      if (isOpen) return ['ship', 'deliver'];
      return status === 'shipped' ? ['deliver'] : [];
    case 'returned':
      if (isOpen) return ['ship', 'return'];
      return SENT.has(status) ? ['return'] : [];
    default:
      if (isOpen || status === 'awaiting_store') return ['cancelAtStore'];
      // Stopped on its way: nothing of it stays with the buyer.
      return SENT.has(status) ? ['return'] : [];
  }
}
