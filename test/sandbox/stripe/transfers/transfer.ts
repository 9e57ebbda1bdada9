import type Stripe from 'stripe';
import { holdings, move } from '../balance/balance-transactions';
import { newTransferredPayment } from '../charges/charge';
import type { Call } from '../http/endpoint';
import { invalid } from '../http/failure';
import { mergeMetadata } from '../http/parameters';
import { supported } from '../world/currencies';
import { newId, now } from '../world/ids';

/**
 * Moves the platform's money to a connected account. See https://docs.stripe.com/api/transfers/create
 * With `source_transaction` it waits for that charge's money, and never exceeds the charge.
 */
export function newTransfer(call: Call, given: Stripe.TransferCreateParams): Stripe.Transfer {
  const { world, owner } = call;
  const currency = supported(given.currency);
  const destination = world.accounts.get(null, given.destination, 'destination');
  if (destination.capabilities?.transfers !== 'active')
    throw invalid(
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
      { code: 'insufficient_capabilities_for_transfer' },
    );
  const source =
    given.source_transaction === undefined
      ? null
      : world.charges.get(owner, given.source_transaction, 'source_transaction');
  const amount = source ? checkSource(call, source, given, currency) : checkBalance(call, given, currency);
  const id = newId('tr');
  const transaction = move(world, owner, {
    ...{ type: 'transfer', amount: -amount, currency, source: id },
    status: source && statusOf(call, source) === 'pending' ? 'pending' : 'available',
  });
  const transfer: Stripe.Transfer = {
    ...{ id, object: 'transfer', amount, amount_reversed: 0, balance_transaction: transaction.id, created: now() },
    ...{ currency, description: given.description ?? null, destination: destination.id, livemode: false },
    ...{ metadata: mergeMetadata({}, given.metadata), reversed: false, source_transaction: source?.id ?? null },
    ...{ source_type: 'card', transfer_group: given.transfer_group ?? source?.transfer_group ?? null },
    reversals: { object: 'list', data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
  };
  transfer.destination_payment = newTransferredPayment({ world, owner: destination.id, call }, transfer).id;
  world.transfers.add(owner, transfer);
  world.emit('transfer.created', transfer, { account: owner, call });
  return transfer;
}

/** Takes back, in whole or in part. See https://docs.stripe.com/api/transfer_reversals/create */
export function reverse(
  call: Call,
  transfer: Stripe.Transfer,
  given: Stripe.TransferCreateReversalParams,
): Stripe.TransferReversal {
  const { world, owner } = call;
  const { currency } = transfer;
  const left = transfer.amount - transfer.amount_reversed;
  if (left === 0) throw invalid(`Transfer ${transfer.id} is already fully reversed.`);
  const amount = given.amount ?? left;
  if (amount > left)
    throw invalid(`Reversal amount (${amount}) is greater than unreversed amount on transfer (${left})`, {
      param: 'amount',
    });
  const account = transfer.destination as string;
  const { available, pending } = holdings(world, account, currency);
  if (available + pending < amount)
    throw invalid(
      `The connected account ${account} has an insufficient balance to cover a reversal of ${amount} ${currency}.`,
      { code: 'balance_insufficient' },
    );
  const id = newId('trr');
  const transaction = move(world, owner, {
    ...{ type: 'transfer_refund', amount, currency, source: id },
    status: pending >= amount ? 'pending' : 'available',
  });
  move(world, account, {
    ...{ type: 'payment_refund', amount: -amount, currency, source: id },
    status: pending >= amount ? 'pending' : 'available',
  });
  const reversal = world.reversals.add(owner, {
    ...{ id, object: 'transfer_reversal', amount, balance_transaction: transaction.id, created: now(), currency },
    ...{ destination_payment_refund: null, metadata: mergeMetadata({}, given.metadata), source_refund: null },
    transfer: transfer.id,
  } satisfies Stripe.TransferReversal);
  transfer.amount_reversed += amount;
  transfer.reversed = transfer.amount_reversed === transfer.amount;
  const { data } = transfer.reversals;
  data.unshift({ ...reversal });
  transfer.reversals.has_more ||= data.length > 10;
  data.splice(10);
  const paid = world.charges.anywhere(transfer.destination_payment as string)?.object;
  if (paid) Object.assign(paid, { amount_refunded: transfer.amount_reversed, refunded: transfer.reversed });
  world.emit('transfer.reversed', transfer, { account: owner, call });
  return reversal;
}

function checkSource(
  { world, owner }: Call,
  source: Stripe.Charge,
  given: Stripe.TransferCreateParams,
  currency: string,
): number {
  if (source.status !== 'succeeded' || !source.captured)
    throw invalid(`The charge ${source.id} has not been captured, so it cannot be the source of a transfer.`, {
      param: 'source_transaction',
    });
  if (source.currency !== currency)
    throw invalid(
      `The currency of source_transaction's balance transaction (${source.currency}) must be the same as the transfer currency (${currency})`,
      { param: 'currency' },
    );
  if (
    given.transfer_group !== undefined &&
    source.transfer_group !== null &&
    given.transfer_group !== source.transfer_group
  )
    throw invalid(`The charge ${source.id} has another transfer_group.`, { param: 'transfer_group' });
  const sent = world.transfers
    .with(owner, { source_transaction: source.id })
    .reduce((sum, { amount, amount_reversed }) => sum + amount - amount_reversed, 0);
  const left = source.amount_captured - sent;
  const amount = given.amount ?? left;
  if (amount > left || amount < 1)
    throw invalid(
      `Transfers using this transaction as a source must not exceed the source amount of ${source.amount_captured} ${currency}. (There are already transfers using this source, amounting to ${sent} ${currency}.)`,
      { param: 'amount' },
    );
  return amount;
}

function checkBalance({ world, owner }: Call, given: Stripe.TransferCreateParams, currency: string): number {
  if (given.amount === undefined)
    throw invalid('Missing required param: amount.', { code: 'parameter_missing', param: 'amount' });
  if (holdings(world, owner, currency).available < given.amount)
    throw invalid(
      'You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card.',
      { code: 'balance_insufficient' },
    );
  return given.amount;
}

function statusOf({ world, owner }: Call, charge: Stripe.Charge): string {
  return world.balanceTransactions.get(owner, charge.balance_transaction as string).status;
}
