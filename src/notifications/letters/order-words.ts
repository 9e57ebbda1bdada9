/** The words of mails about orders. */
export const ORDER_WORDS = {
  en: {
    placed: {
      subject: (number: string, store: string) => `Your order ${number} at ${store}`,
      text: (store: string) => `Thank you. Your order at ${store} is placed.`,
    },
    shipped: {
      subject: (number: string, store: string) => `Your order ${number} from ${store} is on its way`,
      text: (store: string) => `${store} has sent your order.`,
    },
    delivered: {
      subject: (number: string, store: string) => `Your order ${number} from ${store} has arrived`,
      text: (store: string) => `Your order from ${store} has been delivered.`,
    },
    cancelled: {
      subject: (number: string, store: string) => `Your order ${number} at ${store} is cancelled`,
      text: (store: string) => `Your order at ${store} is cancelled and will not be sent.`,
    },
    not_confirmed: {
      subject: (number: string, store: string) => `Your order ${number} at ${store} is cancelled`,
      text: (store: string) =>
        `${store} did not confirm your order in time, so it is cancelled and will not be sent. Whatever Muse took for it goes back to you.`,
    },
    change_proposed: {
      subject: (number: string, store: string) => `${store} asks to change your order ${number}`,
      text: (store: string) =>
        `${store} proposes a change to your order. Nothing changes unless you accept it: look at it in Muse, and accept or refuse it.`,
    },
    return_approved: {
      subject: (number: string, store: string) => `Your return to ${store} is approved (order ${number})`,
      text: (store: string) => `${store} has approved your return. Send the goods back now.`,
    },
    return_refused: {
      subject: (number: string, store: string) => `Your return to ${store} is refused (order ${number})`,
      text: (store: string) => `${store} has refused your return. The return in Muse says why.`,
    },
    return_received: {
      subject: (number: string, store: string) => `${store} has received your return (order ${number})`,
      text: (store: string) => `${store} has received what you sent back.`,
    },
    exchange_placed: {
      subject: (number: string, store: string) => `Your exchange at ${store} is order ${number}`,
      text: (store: string) =>
        `${store} sends you these goods for those that you gave back. It is an order of its own.`,
    },
    totalBefore: 'Total so far',
    totalAfter: 'Total with the change',
    merchantReturn: {
      subject: (number: string, store: string) => `Return requested for order ${number} of ${store}`,
      text: (store: string) =>
        `Somebody wants to send something back to ${store}. What, and why, stands with the order in Muse: approve or refuse it there.`,
    },
    merchantOrder: {
      subject: (number: string, store: string) => `New order ${number} for ${store}`,
      text: (store: string) => `Somebody has ordered at ${store}. Name and address stand with the order in Muse.`,
      footer: 'You get this because the store is yours.',
    },
    low: {
      subject: (product: string) => `Running low: ${product}`,
      text: (store: string) => `${store} has little left of this:`,
      left: 'Left to sell',
      threshold: 'You asked to be told at',
      footer: 'You get this because the store is yours, and an alert threshold is set for this item.',
    },
    handoff: {
      subject: (store: string) => `Your cart at ${store} is still waiting`,
      text: (store: string) => `You have not finished your order at ${store} yet.`,
      until: (moment: string) => `The cart waits until ${moment}; after that the items go back into your Muse cart.`,
      link: (store: string) => `Continue at ${store}`,
      done: 'If you have ordered, say so in Muse with "I have ordered", and the order appears among your orders.',
      footer: 'You get this because you gave this address for your purchase.',
    },
    number: 'Order',
    storeNumber: (store: string) => `Number at ${store}`,
    items: 'Items',
    subtotal: 'Subtotal',
    discount: 'Discount',
    shipping: 'Delivery',
    tax: 'Tax',
    total: 'Total',
    totalIn: (currency: string) => `Total in ${currency}`,
    payment: 'Payment',
    settlement: {
      pay_now: 'by your payment method',
      pay_later: 'as you agree with the store',
      at_store: 'at the store',
    },
    arrives: 'Estimated delivery',
    noEstimate: 'The store has not said yet when it will arrive.',
    address: 'Delivered to',
    parcel: 'Parcel',
    carrier: 'Carrier',
    trackingNumber: 'Number',
    follow: 'Follow the parcel',
    look: 'Look at the order',
    linkNote: 'Whoever has this link can see this order, for 180 days: do not pass it on.',
    support: (store: string) => `Questions? Ask ${store}`,
    noSupport: (store: string) => `${store} has named nobody to ask: look on its own site.`,
    footer: 'You get this because you gave this address for your purchase.',
  },
  es: {
    placed: {
      subject: (number: string, store: string) => `Tu pedido ${number} en ${store}`,
      text: (store: string) => `Gracias. Tu pedido en ${store} está hecho.`,
    },
    shipped: {
      subject: (number: string, store: string) => `Tu pedido ${number} de ${store} está en camino`,
      text: (store: string) => `${store} ha enviado tu pedido.`,
    },
    delivered: {
      subject: (number: string, store: string) => `Tu pedido ${number} de ${store} ha llegado`,
      text: (store: string) => `Tu pedido de ${store} ha sido entregado.`,
    },
    cancelled: {
      subject: (number: string, store: string) => `Tu pedido ${number} en ${store} está cancelado`,
      text: (store: string) => `Tu pedido en ${store} está cancelado y no se enviará.`,
    },
    not_confirmed: {
      subject: (number: string, store: string) => `Tu pedido ${number} en ${store} está cancelado`,
      text: (store: string) =>
        `${store} no confirmó tu pedido a tiempo; por eso está cancelado y no se enviará. Lo que Muse haya cobrado se te devuelve.`,
    },
    change_proposed: {
      subject: (number: string, store: string) => `${store} pide cambiar tu pedido ${number}`,
      text: (store: string) =>
        `${store} propone un cambio en tu pedido. Nada cambia si no lo aceptas: míralo en Muse y acéptalo o recházalo.`,
    },
    return_approved: {
      subject: (number: string, store: string) => `Tu devolución a ${store} está aprobada (pedido ${number})`,
      text: (store: string) => `${store} ha aprobado tu devolución. Envía ahora los artículos.`,
    },
    return_refused: {
      subject: (number: string, store: string) => `Tu devolución a ${store} está rechazada (pedido ${number})`,
      text: (store: string) => `${store} ha rechazado tu devolución. En Muse, la devolución dice por qué.`,
    },
    return_received: {
      subject: (number: string, store: string) => `${store} ha recibido tu devolución (pedido ${number})`,
      text: (store: string) => `${store} ha recibido lo que devolviste.`,
    },
    exchange_placed: {
      subject: (number: string, store: string) => `Tu cambio en ${store} es el pedido ${number}`,
      text: (store: string) => `${store} te envía estos artículos por los que devolviste. Es un pedido propio.`,
    },
    totalBefore: 'Total hasta ahora',
    totalAfter: 'Total con el cambio',
    merchantReturn: {
      subject: (number: string, store: string) => `Devolución pedida del pedido ${number} de ${store}`,
      text: (store: string) =>
        `Alguien quiere devolver algo a ${store}. Qué y por qué está con el pedido en Muse: apruébalo o recházalo allí.`,
    },
    merchantOrder: {
      subject: (number: string, store: string) => `Pedido nuevo ${number} para ${store}`,
      text: (store: string) => `Alguien ha comprado en ${store}. El nombre y la dirección están con el pedido en Muse.`,
      footer: 'Recibes este mensaje porque la tienda es tuya.',
    },
    low: {
      subject: (product: string) => `Queda poco: ${product}`,
      text: (store: string) => `A ${store} le queda poco de esto:`,
      left: 'Quedan por vender',
      threshold: 'Pediste el aviso al llegar a',
      footer: 'Recibes este mensaje porque la tienda es tuya y este artículo tiene un umbral de aviso.',
    },
    handoff: {
      subject: (store: string) => `Tu carrito en ${store} sigue esperando`,
      text: (store: string) => `Aún no has terminado tu compra en ${store}.`,
      until: (moment: string) =>
        `El carrito espera hasta el ${moment}; después los artículos vuelven a tu carrito de Muse.`,
      link: (store: string) => `Seguir en ${store}`,
      done: 'Si ya compraste, dilo en Muse con «Ya compré» y el pedido aparecerá entre los tuyos.',
      footer: 'Recibes este mensaje porque diste esta dirección para tu compra.',
    },
    number: 'Pedido',
    storeNumber: (store: string) => `Número en ${store}`,
    items: 'Artículos',
    subtotal: 'Subtotal',
    discount: 'Descuento',
    shipping: 'Envío',
    tax: 'Impuestos',
    total: 'Total',
    totalIn: (currency: string) => `Total en ${currency}`,
    payment: 'Pago',
    settlement: {
      pay_now: 'con tu medio de pago',
      pay_later: 'como acuerdes con la tienda',
      at_store: 'en la tienda',
    },
    arrives: 'Entrega estimada',
    noEstimate: 'La tienda aún no ha dicho cuándo llegará.',
    address: 'Se entrega a',
    parcel: 'Paquete',
    carrier: 'Transportista',
    trackingNumber: 'Número',
    follow: 'Seguir el paquete',
    look: 'Ver el pedido',
    linkNote: 'Quien tenga este enlace puede ver este pedido durante 180 días: no lo compartas.',
    support: (store: string) => `¿Preguntas? Escribe a ${store}`,
    noSupport: (store: string) => `${store} no ha indicado a quién preguntar; consulta en su propio sitio.`,
    footer: 'Recibes este mensaje porque diste esta dirección para tu compra.',
  },
} as const;
