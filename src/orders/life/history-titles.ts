import type { Language } from '../../platform/http';

/** What a title looks at. */
interface Entry {
  type: string;
  actor: string;
  reason: string | null;
  after: Record<string, unknown> | null;
}

type Titles = Record<Language, string>;

/** By type; where more is known, by `type:actor`, `type:side` or `type:code` first. */
const TITLES: Record<string, Titles> = {
  placed: { en: 'Order placed', es: 'Pedido realizado' },
  pending: { en: 'Waiting for payment again', es: 'De nuevo a la espera del pago' },
  confirmed: { en: 'Confirmed by the store', es: 'Confirmado por la tienda' },
  'confirmed:buyer': { en: 'Order number given', es: 'Número de pedido indicado' },
  processing: { en: 'Being prepared', es: 'En preparación' },
  shipped: { en: 'Shipped', es: 'Enviado' },
  shipped_in_part: { en: 'Shipped in part', es: 'Enviado en parte' },
  delivered: { en: 'Delivered', es: 'Entregado' },
  'delivered:buyer': { en: 'Received by the buyer', es: 'Recibido por el comprador' },
  'delivered:merchant': { en: 'Delivered, says the store', es: 'Entregado, según la tienda' },
  'delivered:no_news': { en: 'Taken as delivered after three weeks', es: 'Dado por entregado tras tres semanas' },
  'marked_complete:buyer': { en: 'Marked complete by the buyer', es: 'Marcado como completado por el comprador' },
  'marked_complete:merchant': { en: 'Marked complete by the store', es: 'Marcado como completado por la tienda' },
  completed: { en: 'Completed', es: 'Completado' },
  'completed:time_over': { en: 'Completed by the passing of time', es: 'Completado por el paso del tiempo' },
  cancelled: { en: 'Cancelled', es: 'Cancelado' },
  'cancelled:buyer': { en: 'Cancelled by the buyer', es: 'Cancelado por el comprador' },
  'cancelled:merchant': { en: 'Cancelled by the store', es: 'Cancelado por la tienda' },
  'cancelled:not_confirmed_in_time': {
    en: 'Cancelled: the store did not confirm it in time',
    es: 'Cancelado: la tienda no lo confirmó a tiempo',
  },
  'cancelled:not_paid_in_time': {
    en: 'Cancelled: it was not paid in time',
    es: 'Cancelado: no se pagó a tiempo',
  },
  'cancelled:cancelled_at_store': { en: 'Cancelled by the store', es: 'Cancelado por la tienda' },
  'cancelled:asked_by_buyer': {
    en: 'Cancelled by the store, as the buyer asked',
    es: 'Cancelado por la tienda, a petición del comprador',
  },
  cancel_asked: { en: 'The store is asked to cancel it', es: 'Se pidió a la tienda que lo cancele' },
  cancel_refused: { en: 'The store does not cancel it', es: 'La tienda no lo cancela' },
  tracking: { en: 'News of a parcel', es: 'Novedades de un paquete' },
  estimate_changed: { en: 'New delivery estimate', es: 'Nueva fecha estimada de entrega' },
  refunded_at_store: { en: 'Refunded by the store', es: 'Reembolsado por la tienda' },
  unfollowed: {
    en: 'The store is unlinked: there is no news of it here',
    es: 'La tienda está desvinculada: aquí no hay más novedades',
  },
  followed: { en: 'There is news from the store again', es: 'Vuelve a haber novedades de la tienda' },
  returned: { en: 'Returned', es: 'Devuelto' },
  'returned:cancelled_at_store': { en: 'Stopped on its way by the store', es: 'Detenido en camino por la tienda' },
  'returned:asked_by_buyer': {
    en: 'Stopped on its way, as the buyer asked',
    es: 'Detenido en camino, a petición del comprador',
  },
  overridden: { en: 'Changed by support', es: 'Modificado por soporte' },
  payment_begun: { en: 'Payment begun', es: 'Pago iniciado' },
  payment_action_required: { en: 'The buyer has to approve the payment', es: 'El comprador debe aprobar el pago' },
  payment_authorized: { en: 'Payment authorised', es: 'Pago autorizado' },
  payment_failed: { en: 'Payment failed', es: 'El pago falló' },
  paid: { en: 'Paid', es: 'Pagado' },
  refund_asked: { en: 'Refund under way', es: 'Reembolso en curso' },
  refund_owed_by_store: { en: 'The store owes a refund', es: 'La tienda debe un reembolso' },
  refunded: { en: 'Refunded', es: 'Reembolsado' },
  refund_failed: { en: 'A refund failed', es: 'Un reembolso falló' },
  payment_disputed: { en: 'Payment disputed', es: 'Pago en disputa' },
  payment_dispute_won: { en: 'Dispute of the payment ended', es: 'Disputa del pago terminada' },
  change_proposed: { en: 'Change proposed', es: 'Cambio propuesto' },
  change_accepted: { en: 'Change accepted', es: 'Cambio aceptado' },
  change_refused: { en: 'Change refused', es: 'Cambio rechazado' },
  change_withdrawn: { en: 'Change withdrawn', es: 'Cambio retirado' },
  change_payment_begun: { en: 'Payment of a change begun', es: 'Pago de un cambio iniciado' },
  change_payment_failed: { en: 'Payment of a change failed', es: 'El pago de un cambio falló' },
  change_paid: { en: 'Difference paid', es: 'Diferencia pagada' },
  change_expired: { en: 'Proposed change expired', es: 'Cambio propuesto vencido' },
  change_applied: { en: 'Order changed', es: 'Pedido modificado' },
  return_requested: { en: 'Return requested', es: 'Devolución solicitada' },
  return_approved: { en: 'Return approved', es: 'Devolución aprobada' },
  return_refused: { en: 'Return refused', es: 'Devolución rechazada' },
  return_sent: { en: 'Return on its way', es: 'Devolución en camino' },
  return_closed: { en: 'Return closed: nothing to refund', es: 'Devolución cerrada: nada que reembolsar' },
  return_refund_asked: { en: 'Refund of the return asked for', es: 'Reembolso de la devolución solicitado' },
  return_refunded: { en: 'Return refunded', es: 'Devolución reembolsada' },
  return_received: { en: 'Return received', es: 'Devolución recibida' },
  return_cancelled: { en: 'Return cancelled', es: 'Devolución cancelada' },
  exchange_placed: { en: 'Replacement ordered', es: 'Reemplazo pedido' },
};
const OTHER: Titles = { en: 'Order updated', es: 'Pedido actualizado' };

/** An entry of an order's history in a few words. */
export function historyTitle({ type, actor, reason, after }: Entry, language: Language): string {
  const side = typeof after?.['side'] === 'string' ? after['side'] : undefined;
  const titles =
    [reason, side, actor].map((more) => TITLES[`${type}:${more}`]).find((found) => found !== undefined) ??
    TITLES[type] ??
    OTHER;
  return titles[language];
}
