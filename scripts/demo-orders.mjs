// Of npm run demo: what happens once an order stands. An order that is changed, shipped in two parcels, received, completed by
// both sides and rated; one whose buyer names nobody; one of a guest that goes back; and one with a seller who keeps to
// themselves, which leaves a conversation and no order.
import { generalDecrypt, generateKeyPair, exportJWK } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, check, inWords, newKey } from './demo-client.mjs';

const usd = (amount) => ({ amount, currency: 'USD' });
const WAIT_MS = 30_000;
const text = (bytes) => new TextDecoder().decode(bytes);

/** Asks again until the answer is as wanted. */
async function until(what, ask, wanted) {
  for (const began = Date.now(); ; await sleep(250)) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    check(Date.now() - began < WAIT_MS, `${what}, after ${WAIT_MS / 1000} s: ${JSON.stringify(answer).slice(0, 400)}`);
  }
}

export async function afterTheOrder({ base, password, home, signIn, say, done, title }) {
  const merchant = await signIn('merchant@muse.example');
  const store = (await merchant.get('/merchant/stores')).data.find(({ name }) => name === 'Casa Lola');
  const at = `/merchant/stores/${store.id}`;
  const stamp = Date.now();

  await changedAndCompleted();
  await namesNobody();
  await sentBack();
  await onlyTalk();

  async function changedAndCompleted() {
    title('After the order: changed, shipped, completed, rated');
    const buyer = await person(`vera-${stamp}@example.com`);
    const [plate, lamp] = [await goods(merchant, at, 'Plate', 2400), await goods(merchant, at, 'Lamp', 5200)];
    const order = await buy(buyer, [
      [plate, 2],
      [lamp, 1],
    ]);
    done(`order ${order.number} for ${inWords(order.total)}: ${order.status}, ${order.paymentStatus}`);

    const talk = await until(
      'no conversation was opened',
      () => buyer.get(`/orders/${order.id}`),
      ({ conversationId }) => conversationId !== null,
    );
    const thread = `/conversations/${talk.conversationId}/messages`;
    await buyer.post(thread, { body: 'Could you send it before Friday?' });
    await merchant.post(`${at}${thread}`, { body: 'Gladly. One plate has a crack, though: may it be one?' });
    const first = (await buyer.get(thread)).data.find(({ kind }) => kind === 'order');
    check(first?.summary?.items.length === 2, 'the first message does not tell of the order');
    done('a conversation with the store: the order itself, a question, an answer');

    const ofOrder = `${at}/orders/${order.id}`;
    await merchant.post(`${ofOrder}/notes`, { body: 'Vera likes brown paper' });
    await merchant.post(`${ofOrder}/confirm`);
    const items = (await merchant.get(ofOrder)).items;
    const itemOf = (title) => items.find(({ productName }) => productName.startsWith(title));
    const change = await merchant.post(`${ofOrder}/changes`, {
      items: [{ itemId: itemOf('Plate').id, quantity: 1 }],
      reason: 'One plate has a crack',
    });
    done(`the store proposes: ${inWords(change.before.total)} becomes ${inWords(change.after.total)}`);
    await buyer.post(`/orders/${order.id}/changes/${change.id}/accept`);
    const changed = await buyer.get(`/orders/${order.id}`);
    check(changed.total.amount === change.after.total.amount, 'the accepted change is not the order');
    done(`the buyer accepts: the order is ${inWords(changed.total)} now`);

    await merchant.post(`${ofOrder}/mark-paid`, { method: 'bank_transfer', reference: `TRF-${stamp}` });
    const parcels = [
      ['Plate', `1Z${stamp}`],
      ['Lamp', `2Z${stamp}`],
    ];
    for (const [name, trackingNumber] of parcels) {
      const shipped = await merchant.post(`${ofOrder}/ship`, {
        carrier: 'UPS',
        trackingNumber,
        items: [{ itemId: itemOf(name).id, quantity: 1 }],
      });
      done(`a parcel with the ${name.toLowerCase()}: the order is ${shipped.status}`);
    }
    await buyer.put(`/orders/${order.id}/received`);
    await buyer.post(`/orders/${order.id}/complete`);
    await merchant.post(`${ofOrder}/complete`);
    const completed = await buyer.get(`/orders/${order.id}`);
    check(completed.status === 'completed' && completed.verifiedSale, `the order is ${completed.status}`);
    done('received, and marked complete by both: a verified sale');

    await buyer.put(`/orders/${order.id}/rating`, { stars: 5, words: 'Quick, and honest about the crack.' });
    await merchant.put(`${ofOrder}/rating`, { stars: 5 });
    const trust = await buyer.get(`/stores/${store.id}/trust`);
    done(`both rate each other; Casa Lola's trust is ${trust.score} of 100:`);
    for (const { text: line, points } of trust.terms)
      say(`      ${points >= 0 ? '+' : ''}${points.toFixed(1)}  ${line}`);
    say(`      ${trust.disclaimer}`);
    const { data: history } = await buyer.get(`/orders/${order.id}/history?limit=100`);
    done(`its history: ${history.map(({ title: line }) => line).join(' · ')}`);
    const { unread } = await buyer.get('/notifications/unread');
    done(`${unread} notifications in the app`);
  }

  async function namesNobody() {
    title('After the order: a buyer who names nobody');
    const buyer = await person(`pau-${stamp}@example.com`);
    await buyer.call('PATCH', '/me', { privacy: 'paranoid' });
    const paranoid = await again(`pau-${stamp}@example.com`);
    const keys = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519', extractable: true });
    await merchant.put(`${at}/keys`, { jwk: await exportJWK(keys.publicKey) });
    done('Casa Lola publishes a key; its private part stays with the merchant');
    const vase = await goods(merchant, at, 'Vase', 3100);
    await paranoid.post('/cart/items', { variantId: vase, quantity: 1 });
    const begun = await paranoid.post('/checkout/sessions', { sealed: true });
    const shipped = await paranoid.put(`/checkout/sessions/${begun.id}/shipping`, {
      ...{ address: { ...home, name: 'Pau Nadie' }, contact: { email: 'pau@example.com' }, sealed: true },
    });
    const session = await payLater(paranoid, shipped);
    check(session.readyToPlace, `the checkout is not ready: ${JSON.stringify(session.problems)}`);
    const { orderAccess } = await paranoid.post(`/checkout/sessions/${session.id}/place`, {
      expectedTotal: session.total,
    });
    const [{ orderId, token }] = orderAccess;
    const holder = new Client(base, token);
    const order = await until(
      'the sealed order is not placed',
      () => holder.get(`/orders/${orderId}`).catch(() => null),
      (found) => found !== null,
    );
    check((await paranoid.get('/orders')).data.length === 0, 'the sealed order leads to its buyer');
    done(`order ${order.number} is in nobody's list: whoever holds its token is the buyer`);
    const theirs = await merchant.get(`${at}/orders/${orderId}`);
    check(theirs.shippingAddress === null, 'the sealed order shows an address');
    const { plaintext } = await generalDecrypt(theirs.sealed.shippingAddress, keys.privateKey);
    done(`the merchant opens the address with the store's key: ${JSON.parse(text(plaintext)).line1}`);
    await merchant.post(`${at}/orders/${orderId}/confirm`);
    await merchant.post(`${at}/orders/${orderId}/ship`, { carrier: 'UPS', trackingNumber: `3Z${stamp}` });
    await holder.put(`/orders/${orderId}/received`);
    await holder.post(`/orders/${orderId}/complete`);
    await merchant.post(`${at}/orders/${orderId}/complete`);
    await holder.put(`/orders/${orderId}/rating`, { stars: 4 });
    done('shipped, received, completed and rated all the same');
  }

  async function sentBack() {
    title('After the order: a guest sends something back');
    const { accessToken } = await new Client(base).post('/guests');
    const guest = new Client(base, accessToken);
    const rug = await goods(merchant, at, 'Rug', 8800);
    const order = await buy(guest, [[rug, 2]]);
    const ofOrder = `${at}/orders/${order.id}`;
    await merchant.post(`${ofOrder}/confirm`);
    await merchant.post(`${ofOrder}/ship`, { carrier: 'UPS', trackingNumber: `4Z${stamp}` });
    await guest.put(`/orders/${order.id}/received`);
    const [{ id: itemId }] = order.items;
    const asked = await guest.post(`/orders/${order.id}/return`, {
      items: [{ itemId, quantity: 1, reason: 'Too large for the room' }],
    });
    const before = await stockOf(rug);
    const ofReturn = `${ofOrder}/returns/${asked.id}`;
    await merchant.post(`${ofReturn}/approve`);
    await merchant.post(`${ofReturn}/receive`, { items: [{ itemId, quantity: 1, condition: 'as_new' }] });
    check((await stockOf(rug)) === before + 1, 'what came back is not in stock again');
    done('one of two rugs: asked, approved, received; it is in stock again');
  }

  async function onlyTalk() {
    title('After the order: two who keep to themselves');
    const email = `quiet-${stamp}@example.com`;
    let seller = await person(email);
    const quiet = await seller.post('/merchant/stores', {
      name: `Quiet Corner ${stamp}`,
      currency: 'USD',
      country: 'US',
    });
    seller = await again(email);
    const own = `/merchant/stores/${quiet.id}`;
    await seller.post(`${own}/delivery-options`, { name: 'Post', price: usd(500), minDays: 2, maxDays: 6 });
    const print = await goods(seller, own, 'Print', 1500);
    await seller.call('PATCH', '/me', { privacy: 'paranoid' });
    seller = await again(email);
    const keys = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519', extractable: true });
    await seller.put(`${own}/keys`, { jwk: await exportJWK(keys.publicKey) });

    const buyerEmail = `nadie-${stamp}@example.com`;
    await (await person(buyerEmail)).call('PATCH', '/me', { privacy: 'paranoid' });
    const buyer = await again(buyerEmail);
    await buyer.post('/cart/items', { variantId: print, quantity: 1 });
    const begun = await buyer.post('/checkout/sessions', {});
    const session = await buyer.put(`/checkout/sessions/${begun.id}/shipping`, {
      ...{ address: { ...home, name: 'Nadie' }, contact: { email: 'nadie@example.com' }, sealed: true },
    });
    await buyer.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total });
    const status = await until(
      'the store was not contacted',
      () => buyer.get(`/checkout/sessions/${session.id}/status`),
      ({ stores: [one] }) => one.status === 'contacted',
    );
    const [contacted] = status.stores;
    check(contacted.order === null && contacted.conversationId !== null, 'there is an order, or no conversation');
    check((await seller.get(`${own}/orders`)).data.length === 0, 'the seller has an order');
    check((await buyer.get('/cart')).itemCount === 1, 'the line has left the cart');
    done('no order, no payment, the line stays in the cart: a conversation is all there is');
  }

  async function person(email) {
    const response = await fetch(`${base}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    check(response.ok, `${email} cannot register: ${await response.clone().text()}`);
    return new Client(base, (await response.json()).accessToken);
  }

  /** Roles and privacy are in the token. */
  function again(email) {
    return signIn(email);
  }

  /** The id of a new variant of the store. */
  async function goods(owner, ownStore, name, cents) {
    const product = await owner.post(`${ownStore}/products`, {
      title: `${name} ${stamp}`,
      category: 'Home',
      variants: [{ sku: `${name}-${stamp}`, price: usd(cents), onHand: 5 }],
    });
    return product.variants[0].id;
  }

  async function stockOf(variantId) {
    const { data } = await merchant.get(`/products?storeId=${store.id}&q=Rug%20${stamp}`);
    return data.flatMap(({ variants }) => variants).find(({ id }) => id === variantId).availableQuantity;
  }

  /** Order first, pay when the store is ready. */
  async function payLater(shopper, session) {
    const [{ storeId, settlement }] = session.stores;
    if (settlement !== 'pay_now') return session;
    return shopper.put(`/checkout/sessions/${session.id}/stores/${storeId}`, { settlement: 'pay_later' });
  }

  async function buy(shopper, lines) {
    for (const [variantId, quantity] of lines) await shopper.post('/cart/items', { variantId, quantity });
    const begun = await shopper.post('/checkout/sessions', {});
    const contact = { email: 'vera@example.com' };
    const shipped = await shopper.put(`/checkout/sessions/${begun.id}/shipping`, { address: home, contact });
    const session = await payLater(shopper, shipped);
    await shopper.post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total }, newKey());
    const { stores } = await until(
      'the order is not placed',
      () => shopper.get(`/checkout/sessions/${session.id}/status`),
      ({ status }) => status === 'completed',
    );
    return shopper.get(`/orders/${stores[0].order.id}`);
  }
}
