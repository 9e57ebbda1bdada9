import type { Language } from '../../platform/http';
import { daysIn, moneyIn } from '../letters/format';
import type { Params, Side } from './news';

/** What the words of a notification are made of: what it keeps, and names as they stand now. */
export interface Facts extends Params {
  side: Side;
  /** The store that it is about. */
  store: string;
  /** The goods that it is about. */
  goods: string;
}

/** A side of an order says it in its own way. */
type Said = { title: (facts: Facts) => string; body: (facts: Facts) => string };

const money = (language: Language, amount: Params['amount']) => (amount ? moneyIn(language, amount) : '');
const days = (language: Language, { from, to }: Pick<Params, 'from' | 'to'>) =>
  from && to ? daysIn(language, { from, to }) : '';
const order = ({ orderNumber = '' }: Facts) => orderNumber;

const EN = {
  order_placed: { title: (f) => `New order ${order(f)}`, body: (f) => `Somebody has ordered at ${f.store}.` },
  order_confirmed: {
    title: (f) => `Order ${order(f)} is confirmed`,
    body: (f) => `${f.store} has taken your order.`,
  },
  order_paid: {
    title: (f) => `Order ${order(f)} is paid`,
    body: (f) =>
      f.side === 'merchant'
        ? `${money('en', f.amount)} was paid for it.`
        : `${f.store} has noted your payment of ${money('en', f.amount)}.`,
  },
  payment_failed: {
    title: (f) => `Payment of order ${order(f)} failed`,
    body: (f) => `Nothing was taken for your order at ${f.store}. You can pay it again, by another method too.`,
  },
  order_refunded: {
    title: (f) => `Refund for order ${order(f)}`,
    body: (f) => `${money('en', f.amount)} of your order at ${f.store} go back to you.`,
  },
  order_shipped: {
    title: (f) => `Order ${order(f)} is on its way`,
    body: (f) => `${f.store} has sent a parcel to you.`,
  },
  order_delivered: {
    title: (f) => `Order ${order(f)} has arrived`,
    body: (f) =>
      f.side === 'merchant'
        ? 'It is with its buyer.'
        : `The order from ${f.store} was delivered. Is all as it should be? Then mark it complete.`,
  },
  order_cancelled: {
    title: (f) => `Order ${order(f)} is cancelled`,
    body: (f) =>
      f.side === 'merchant'
        ? 'It is not to be sent; its stock is back.'
        : `${f.store} will not send it; whatever Muse took for it goes back to you.`,
  },
  order_not_confirmed: {
    title: (f) => `Order ${order(f)} is cancelled: not confirmed in time`,
    body: (f) =>
      f.side === 'merchant'
        ? 'You did not confirm it in time, so it was cancelled; its stock is back.'
        : `${f.store} did not confirm it in time; whatever Muse took for it goes back to you.`,
  },
  parcel_out_for_delivery: {
    title: (f) => `Order ${order(f)} comes today`,
    body: (f) => `A parcel from ${f.store} is out for delivery.`,
  },
  parcel_delivered: {
    title: (f) => `A parcel of order ${order(f)} has arrived`,
    body: (f) => `It is from ${f.store}; the rest of the order is still to come.`,
  },
  parcel_exception: {
    title: (f) => `Order ${order(f)}: something went wrong on its way`,
    body: (f) =>
      `The carrier could not go on with a parcel from ${f.store}. Its tracking says why, as far as that is known.`,
  },
  parcel_returned: {
    title: (f) => `A parcel of order ${order(f)} goes back`,
    body: (f) => `It is on its way back to ${f.store}.`,
  },
  estimate_changed: {
    title: (f) => `Order ${order(f)} comes on another day`,
    body: (f) => `The order from ${f.store} should arrive ${days('en', f)}.`,
  },
  order_unfollowed: {
    title: (f) => `No more news of order ${order(f)} here`,
    body: (f) =>
      `${f.store} is unlinked, so Muse does not ask it any more. The order stands; see at ${f.store}, or link it again.`,
  },
  cancel_refused: {
    title: (f) => `Order ${order(f)} is not cancelled`,
    body: (f) => `${f.store} was asked to cancel it, and has not. The order stands as it was.`,
  },
  order_number_known: {
    title: (f) => `Order ${order(f)} has the store’s number`,
    body: (f) => `The number of the order at ${f.store} is known now.`,
  },
  order_marked_complete: {
    title: (f) => `Order ${order(f)}: marked complete`,
    body: (f) =>
      f.side === 'merchant'
        ? 'The buyer has marked it complete. Mark it too, and the sale is verified.'
        : `${f.store} has marked it complete. Mark it too, and the sale is verified.`,
  },
  order_completed: {
    title: (f) => `Order ${order(f)} is complete`,
    body: (f) => `The order at ${f.store} has come to its end.`,
  },
  sale_verified: {
    title: (f) => `Order ${order(f)} is a verified sale`,
    body: (f) =>
      f.side === 'merchant'
        ? 'You can rate its buyer now. Ratings are shown when both are in.'
        : `You can rate ${f.store} now. Ratings are shown when both are in.`,
  },
  order_overridden: {
    title: (f) => `Support has changed order ${order(f)}`,
    body: () => 'Its history says what changed, and why.',
  },
  change_proposed: {
    title: (f) => `A change to order ${order(f)}`,
    body: (f) =>
      f.amount && f.was
        ? `${f.store} proposes a change: ${money('en', f.amount)} in the place of ${money('en', f.was)}. Accept or refuse it.`
        : `${f.store} proposes a change. Accept or refuse it.`,
  },
  change_accepted: {
    title: (f) => `Change to order ${order(f)} accepted`,
    body: () => 'The buyer has accepted the change that you proposed.',
  },
  change_refused: {
    title: (f) => `Change to order ${order(f)} refused`,
    body: () => 'The buyer has refused the change that you proposed; the order stands as it was.',
  },
  change_withdrawn: {
    title: (f) => `Change to order ${order(f)} withdrawn`,
    body: (f) => `${f.store} has withdrawn its proposal; the order stands as it was.`,
  },
  change_expired: {
    title: (f) => `Change to order ${order(f)} has run out`,
    body: () => 'Nobody decided in time; the order stands as it was.',
  },
  change_applied: {
    title: (f) => `Order ${order(f)} is changed`,
    body: () => 'The change that you proposed holds from now on.',
  },
  return_requested: {
    title: (f) => `Return requested for order ${order(f)}`,
    body: (f) => `A buyer wants to send something back to ${f.store}. Approve or refuse it.`,
  },
  return_approved: {
    title: (f) => `Return for order ${order(f)} approved`,
    body: (f) => `${f.store} has approved your return: send the goods back.`,
  },
  return_refused: {
    title: (f) => `Return for order ${order(f)} refused`,
    body: (f) => `${f.store} has refused your return; the return says why.`,
  },
  return_received: {
    title: (f) => `Return for order ${order(f)} received`,
    body: (f) => `${f.store} has received what you sent back.`,
  },
  return_cancelled: {
    title: (f) => `Return for order ${order(f)} cancelled`,
    body: () => 'The buyer keeps the goods.',
  },
  exchange_placed: {
    title: (f) => `Exchange for order ${order(f)}`,
    body: (f) => `${f.store} sends you other goods for those that you gave back, as an order of its own.`,
  },
  message: {
    title: (f) => (f.side === 'merchant' ? `New message for ${f.store}` : `New message from ${f.store}`),
    body: () => 'Open the conversation to read it.',
  },
  conversation_blocked: {
    title: (f) =>
      f.side === 'merchant' ? `A conversation of ${f.store} is closed` : `${f.store} closed a conversation`,
    body: () => 'The other side takes no messages for now.',
  },
  conversation_unblocked: {
    title: (f) =>
      f.side === 'merchant' ? `A conversation of ${f.store} is open again` : `${f.store} opened a conversation again`,
    body: () => 'You can write again.',
  },
  key_changed: {
    title: (f) => (f.side === 'merchant' ? `A buyer of ${f.store} has another key` : `${f.store} has another key`),
    body: () => 'What is sealed for them is for another key from now on. Compare it with them before you say more.',
  },
  message_report_decided: {
    title: (f) =>
      f.side === 'merchant' ? `Your report of a message to ${f.store}` : `Your report of a message from ${f.store}`,
    body: (f) =>
      f.code === 'upheld' ? 'Support agrees: the message was wrong.' : 'Support found nothing wrong with the message.',
  },
  report_filed: {
    title: (f) => `A report about order ${order(f)}`,
    body: () => 'The other side has reported a problem. You can answer it.',
  },
  report_answered: {
    title: (f) => `Answer to the report about order ${order(f)}`,
    body: () => 'The other side has answered it.',
  },
  report_decided: {
    title: (f) => `Report about order ${order(f)} decided`,
    body: () => 'Support has decided. You can appeal.',
  },
  report_withdrawn: {
    title: (f) => `Report about order ${order(f)} withdrawn`,
    body: () => 'It counts no more.',
  },
  appeal_filed: {
    title: (f) => `Appeal about order ${order(f)}`,
    body: () => 'The other side asks support to decide the report anew.',
  },
  appeal_decided: {
    title: (f) => `Appeal about order ${order(f)} decided`,
    body: () => 'Support has decided it; the report says how.',
  },
  rating_given: {
    title: (f) => `A rating for order ${order(f)}`,
    body: () => 'The other side has rated. You see it once you have rated too, or the time for it is over.',
  },
  ratings_shown: {
    title: (f) => `Ratings of order ${order(f)}`,
    body: () => 'The ratings can be seen now.',
  },
  refund_failed: {
    title: (f) => `Refund for order ${order(f)} failed`,
    body: (f) =>
      f.side === 'merchant'
        ? `The payment provider could not give ${money('en', f.amount) || 'it'} back. Support looks into it.`
        : `The payment provider could not give your money back. Support looks into it.`,
  },
  payment_disputed: {
    title: (f) => `Payment of order ${order(f)} disputed`,
    body: (f) => `The buyer’s bank asks for ${money('en', f.amount)} back.`,
  },
  dispute_won: {
    title: (f) => `Dispute of order ${order(f)} won`,
    body: (f) => `${money('en', f.amount)} stay with ${f.store}.`,
  },
  dispute_lost: {
    title: (f) => `Dispute of order ${order(f)} lost`,
    body: (f) =>
      `${money('en', f.amount)} went back to the buyer; your part of it is taken from what you are paid next.`,
  },
  payments_on: {
    title: (f) => `${f.store} can be paid in Muse`,
    body: () => 'Its payment account is ready.',
  },
  payments_off: {
    title: (f) => `${f.store} can no longer be paid in Muse`,
    body: () => 'Look at its payment account for what is missing.',
  },
  platform_fee_set: {
    title: (f) => `Another fee for ${f.store}`,
    body: () => 'Muse keeps another part of each sale from now on.',
  },
  stock_low: {
    title: (f) => `Running low: ${f.goods || f.store}`,
    body: (f) => `${f.available ?? 0} left to sell at ${f.store}.`,
  },
  store_relink: {
    title: (f) => `Link your account at ${f.store} again`,
    body: (f) => `${f.store} no longer lets Muse use it. What you ordered there is not touched by that.`,
  },
  mailbox_relink: {
    title: () => 'Link your mailbox again',
    body: () =>
      'Your mail provider no longer lets Muse in. Until you link it again, orders are not found in your mail.',
  },
  order_found: {
    title: (f) => `Bought at ${f.code ?? f.store}: follow it?`,
    body: () => 'Your mail tells of an order that Muse does not know. Follow it here, or dismiss it.',
  },
  order_from_mail: {
    title: (f) => `Order ${order(f)} was found in your mail`,
    body: (f) => `${f.store} has confirmed what you ordered there. Muse follows it from here on.`,
  },
  price_dropped: {
    title: (f) => `Cheaper now: ${f.goods || 'goods in your cart'}`,
    body: (f) => `${money('en', f.amount)} in the place of ${money('en', f.was)} at ${f.store}. It is in your cart.`,
  },
  back_in_stock: {
    title: (f) => `Back in stock: ${f.goods || 'goods in your cart'}`,
    body: (f) => `${f.store} has it again. It is in your cart.`,
  },
} satisfies Record<string, Said>;

/** What can be told. */
export type Kind = keyof typeof EN;
export const KINDS = Object.keys(EN) as Kind[];

const ES: Record<Kind, Said> = {
  order_placed: { title: (f) => `Pedido nuevo ${order(f)}`, body: (f) => `Alguien ha comprado en ${f.store}.` },
  order_confirmed: {
    title: (f) => `El pedido ${order(f)} está confirmado`,
    body: (f) => `${f.store} ha aceptado tu pedido.`,
  },
  order_paid: {
    title: (f) => `El pedido ${order(f)} está pagado`,
    body: (f) =>
      f.side === 'merchant'
        ? `Se han pagado ${money('es', f.amount)}.`
        : `${f.store} ha anotado tu pago de ${money('es', f.amount)}.`,
  },
  payment_failed: {
    title: (f) => `Falló el pago del pedido ${order(f)}`,
    body: (f) => `No se cobró nada por tu pedido en ${f.store}. Puedes pagarlo de nuevo, también con otro medio.`,
  },
  order_refunded: {
    title: (f) => `Reembolso del pedido ${order(f)}`,
    body: (f) => `Se te devuelven ${money('es', f.amount)} de tu pedido en ${f.store}.`,
  },
  order_shipped: {
    title: (f) => `El pedido ${order(f)} está en camino`,
    body: (f) => `${f.store} te ha enviado un paquete.`,
  },
  order_delivered: {
    title: (f) => `El pedido ${order(f)} ha llegado`,
    body: (f) =>
      f.side === 'merchant'
        ? 'Ya lo tiene quien lo compró.'
        : `El pedido de ${f.store} fue entregado. ¿Está todo bien? Entonces márcalo como completo.`,
  },
  order_cancelled: {
    title: (f) => `El pedido ${order(f)} está cancelado`,
    body: (f) =>
      f.side === 'merchant'
        ? 'No hay que enviarlo; sus existencias han vuelto.'
        : `${f.store} no lo enviará; lo que Muse haya cobrado se te devuelve.`,
  },
  order_not_confirmed: {
    title: (f) => `El pedido ${order(f)} está cancelado: no se confirmó a tiempo`,
    body: (f) =>
      f.side === 'merchant'
        ? 'No lo confirmaste a tiempo y se canceló; sus existencias han vuelto.'
        : `${f.store} no lo confirmó a tiempo; lo que Muse haya cobrado se te devuelve.`,
  },
  parcel_out_for_delivery: {
    title: (f) => `El pedido ${order(f)} llega hoy`,
    body: (f) => `Un paquete de ${f.store} está en reparto.`,
  },
  parcel_delivered: {
    title: (f) => `Ha llegado un paquete del pedido ${order(f)}`,
    body: (f) => `Es de ${f.store}; el resto del pedido está por llegar.`,
  },
  parcel_exception: {
    title: (f) => `Pedido ${order(f)}: algo ha ido mal en el camino`,
    body: (f) =>
      `El transportista no pudo seguir con un paquete de ${f.store}. El seguimiento dice por qué, hasta donde se sabe.`,
  },
  parcel_returned: {
    title: (f) => `Un paquete del pedido ${order(f)} se devuelve`,
    body: (f) => `Va de vuelta a ${f.store}.`,
  },
  estimate_changed: {
    title: (f) => `El pedido ${order(f)} llega otro día`,
    body: (f) => `El pedido de ${f.store} debería llegar: ${days('es', f)}.`,
  },
  order_unfollowed: {
    title: (f) => `Sin más novedades aquí del pedido ${order(f)}`,
    body: (f) =>
      `${f.store} está desvinculada y Muse ya no le pregunta. El pedido sigue en pie: míralo en ${f.store}, o vincúlala de nuevo.`,
  },
  cancel_refused: {
    title: (f) => `El pedido ${order(f)} no está cancelado`,
    body: (f) => `Se pidió a ${f.store} que lo cancelara y no lo ha hecho. El pedido sigue como estaba.`,
  },
  order_number_known: {
    title: (f) => `El pedido ${order(f)} tiene el número de la tienda`,
    body: (f) => `Ya se conoce el número del pedido en ${f.store}.`,
  },
  order_marked_complete: {
    title: (f) => `Pedido ${order(f)}: marcado como completo`,
    body: (f) =>
      f.side === 'merchant'
        ? 'Quien lo compró lo ha marcado como completo. Márcalo tú también y la venta queda verificada.'
        : `${f.store} lo ha marcado como completo. Márcalo tú también y la venta queda verificada.`,
  },
  order_completed: {
    title: (f) => `El pedido ${order(f)} está completo`,
    body: (f) => `El pedido en ${f.store} ha llegado a su fin.`,
  },
  sale_verified: {
    title: (f) => `El pedido ${order(f)} es una venta verificada`,
    body: (f) =>
      f.side === 'merchant'
        ? 'Ya puedes valorar a quien lo compró. Las valoraciones se muestran cuando están las dos.'
        : `Ya puedes valorar a ${f.store}. Las valoraciones se muestran cuando están las dos.`,
  },
  order_overridden: {
    title: (f) => `Soporte ha cambiado el pedido ${order(f)}`,
    body: () => 'Su historial dice qué cambió y por qué.',
  },
  change_proposed: {
    title: (f) => `Un cambio en el pedido ${order(f)}`,
    body: (f) =>
      f.amount && f.was
        ? `${f.store} propone un cambio: ${money('es', f.amount)} en lugar de ${money('es', f.was)}. Acéptalo o recházalo.`
        : `${f.store} propone un cambio. Acéptalo o recházalo.`,
  },
  change_accepted: {
    title: (f) => `Cambio del pedido ${order(f)} aceptado`,
    body: () => 'Quien lo compró ha aceptado el cambio que propusiste.',
  },
  change_refused: {
    title: (f) => `Cambio del pedido ${order(f)} rechazado`,
    body: () => 'Quien lo compró ha rechazado el cambio que propusiste; el pedido sigue como estaba.',
  },
  change_withdrawn: {
    title: (f) => `Cambio del pedido ${order(f)} retirado`,
    body: (f) => `${f.store} ha retirado su propuesta; el pedido sigue como estaba.`,
  },
  change_expired: {
    title: (f) => `El cambio del pedido ${order(f)} ha vencido`,
    body: () => 'Nadie decidió a tiempo; el pedido sigue como estaba.',
  },
  change_applied: {
    title: (f) => `El pedido ${order(f)} ha cambiado`,
    body: () => 'El cambio que propusiste vale desde ahora.',
  },
  return_requested: {
    title: (f) => `Devolución pedida para el pedido ${order(f)}`,
    body: (f) => `Alguien quiere devolver algo a ${f.store}. Apruébalo o recházalo.`,
  },
  return_approved: {
    title: (f) => `Devolución del pedido ${order(f)} aprobada`,
    body: (f) => `${f.store} ha aprobado tu devolución: envía los artículos.`,
  },
  return_refused: {
    title: (f) => `Devolución del pedido ${order(f)} rechazada`,
    body: (f) => `${f.store} ha rechazado tu devolución; en ella dice por qué.`,
  },
  return_received: {
    title: (f) => `Devolución del pedido ${order(f)} recibida`,
    body: (f) => `${f.store} ha recibido lo que devolviste.`,
  },
  return_cancelled: {
    title: (f) => `Devolución del pedido ${order(f)} cancelada`,
    body: () => 'Quien lo compró se queda con los artículos.',
  },
  exchange_placed: {
    title: (f) => `Cambio de artículos del pedido ${order(f)}`,
    body: (f) => `${f.store} te envía otros artículos por los que devolviste, en un pedido propio.`,
  },
  message: {
    title: (f) => (f.side === 'merchant' ? `Mensaje nuevo para ${f.store}` : `Mensaje nuevo de ${f.store}`),
    body: () => 'Abre la conversación para leerlo.',
  },
  conversation_blocked: {
    title: (f) =>
      f.side === 'merchant' ? `Una conversación de ${f.store} está cerrada` : `${f.store} cerró una conversación`,
    body: () => 'La otra parte no recibe mensajes por ahora.',
  },
  conversation_unblocked: {
    title: (f) =>
      f.side === 'merchant'
        ? `Una conversación de ${f.store} está abierta de nuevo`
        : `${f.store} abrió de nuevo una conversación`,
    body: () => 'Puedes volver a escribir.',
  },
  key_changed: {
    title: (f) =>
      f.side === 'merchant' ? `Quien compra en ${f.store} tiene otra clave` : `${f.store} tiene otra clave`,
    body: () => 'Desde ahora se cifra con otra clave. Compárala con la otra parte antes de seguir.',
  },
  message_report_decided: {
    title: (f) =>
      f.side === 'merchant' ? `Tu reporte de un mensaje a ${f.store}` : `Tu reporte de un mensaje de ${f.store}`,
    body: (f) =>
      f.code === 'upheld'
        ? 'Soporte te da la razón: el mensaje no estaba bien.'
        : 'Soporte no vio nada malo en el mensaje.',
  },
  report_filed: {
    title: (f) => `Un reporte sobre el pedido ${order(f)}`,
    body: () => 'La otra parte ha informado de un problema. Puedes responder.',
  },
  report_answered: {
    title: (f) => `Respuesta al reporte sobre el pedido ${order(f)}`,
    body: () => 'La otra parte lo ha respondido.',
  },
  report_decided: {
    title: (f) => `Reporte sobre el pedido ${order(f)} decidido`,
    body: () => 'Soporte ha decidido. Puedes apelar.',
  },
  report_withdrawn: {
    title: (f) => `Reporte sobre el pedido ${order(f)} retirado`,
    body: () => 'Ya no cuenta.',
  },
  appeal_filed: {
    title: (f) => `Apelación sobre el pedido ${order(f)}`,
    body: () => 'La otra parte pide a soporte que decida el reporte de nuevo.',
  },
  appeal_decided: {
    title: (f) => `Apelación sobre el pedido ${order(f)} decidida`,
    body: () => 'Soporte la ha decidido; el reporte dice cómo.',
  },
  rating_given: {
    title: (f) => `Una valoración del pedido ${order(f)}`,
    body: () => 'La otra parte ha valorado. La verás cuando valores tú también o pase el plazo.',
  },
  ratings_shown: {
    title: (f) => `Valoraciones del pedido ${order(f)}`,
    body: () => 'Ya se pueden ver las valoraciones.',
  },
  refund_failed: {
    title: (f) => `Falló el reembolso del pedido ${order(f)}`,
    body: (f) =>
      f.side === 'merchant'
        ? `El proveedor de pagos no pudo devolver ${money('es', f.amount) || 'el dinero'}. Soporte lo revisa.`
        : 'El proveedor de pagos no pudo devolverte el dinero. Soporte lo revisa.',
  },
  payment_disputed: {
    title: (f) => `Pago del pedido ${order(f)} en disputa`,
    body: (f) => `El banco de quien compró reclama ${money('es', f.amount)}.`,
  },
  dispute_won: {
    title: (f) => `Disputa del pedido ${order(f)} ganada`,
    body: (f) => `${money('es', f.amount)} se quedan en ${f.store}.`,
  },
  dispute_lost: {
    title: (f) => `Disputa del pedido ${order(f)} perdida`,
    body: (f) => `${money('es', f.amount)} volvieron a quien compró; tu parte se descuenta de tu próximo pago.`,
  },
  payments_on: {
    title: (f) => `${f.store} ya puede cobrar en Muse`,
    body: () => 'Su cuenta de cobro está lista.',
  },
  payments_off: {
    title: (f) => `${f.store} ya no puede cobrar en Muse`,
    body: () => 'Mira en su cuenta de cobro qué falta.',
  },
  platform_fee_set: {
    title: (f) => `Otra comisión para ${f.store}`,
    body: () => 'Muse se queda desde ahora con otra parte de cada venta.',
  },
  stock_low: {
    title: (f) => `Queda poco: ${f.goods || f.store}`,
    body: (f) => `Quedan ${f.available ?? 0} por vender en ${f.store}.`,
  },
  store_relink: {
    title: (f) => `Vincula de nuevo tu cuenta en ${f.store}`,
    body: (f) => `${f.store} ya no deja que Muse la use. Lo que pediste allí no cambia por eso.`,
  },
  mailbox_relink: {
    title: () => 'Vincula de nuevo tu buzón',
    body: () =>
      'Tu proveedor de correo ya no deja entrar a Muse. Hasta que lo vincules de nuevo, no se buscan pedidos en tu correo.',
  },
  order_found: {
    title: (f) => `Compraste en ${f.code ?? f.store}: ¿lo seguimos?`,
    body: () => 'Tu correo habla de un pedido que Muse no conoce. Síguelo aquí, o descártalo.',
  },
  order_from_mail: {
    title: (f) => `El pedido ${order(f)} está en tu correo`,
    body: (f) => `${f.store} ha confirmado lo que pediste allí. Muse lo sigue desde ahora.`,
  },
  price_dropped: {
    title: (f) => `Más barato: ${f.goods || 'algo de tu carrito'}`,
    body: (f) => `${money('es', f.amount)} en lugar de ${money('es', f.was)} en ${f.store}. Está en tu carrito.`,
  },
  back_in_stock: {
    title: (f) => `Hay de nuevo: ${f.goods || 'algo de tu carrito'}`,
    body: (f) => `${f.store} lo tiene otra vez. Está en tu carrito.`,
  },
};

export const WORDS: Record<Language, Record<Kind, Said>> = { en: EN, es: ES };

/** Title and body of a notification. A kind of a newer version of this program, during a roll-out, says that there is news. */
export function worded(language: Language, kind: string, facts: Facts): { title: string; body: string } {
  const said = (WORDS[language] as Record<string, Said>)[kind];
  if (!said) return { title: UNKNOWN[language](facts), body: '' };
  return { title: said.title(facts), body: said.body(facts) };
}

const UNKNOWN: Record<Language, (facts: Facts) => string> = {
  en: (f) => (f.orderNumber ? `News of order ${f.orderNumber}` : `News from ${f.store}`),
  es: (f) => (f.orderNumber ? `Novedades del pedido ${f.orderNumber}` : `Novedades de ${f.store}`),
};
