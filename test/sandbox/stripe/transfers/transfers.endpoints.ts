import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { missing } from '../http/failure';
import { amount, emptyableText, expand, flag, metadata, mergeMetadata, page, required, text } from '../http/parameters';
import { pageOf } from '../world/lists';
import { newTransfer, reverse } from './transfer';

/** https://docs.stripe.com/api/transfers and https://docs.stripe.com/api/transfer_reversals */
export const transferEndpoints = [
  endpoint<Stripe.TransferCreateParams, Stripe.Transfer>(
    'POST',
    'transfers',
    {
      ...{ amount, currency: required(text), destination: required(text), source_transaction: text, metadata },
      ...{ transfer_group: text, description: text, ...expand },
    },
    newTransfer,
  ),
  endpoint<Stripe.TransferListParams, Stripe.ApiList<Stripe.Transfer>>(
    'GET',
    'transfers',
    { ...page, destination: text, transfer_group: text },
    ({ world, owner }, { destination, transfer_group, ...given }) =>
      pageOf('/v1/transfers', world.transfers.with(owner, { destination, transfer_group }), given),
  ),
  endpoint<Stripe.TransferRetrieveParams, Stripe.Transfer>(
    'GET',
    'transfers/:id',
    expand,
    ({ world, owner }, _given, id) => world.transfers.get(owner, id),
  ),
  endpoint<Stripe.TransferUpdateParams, Stripe.Transfer>(
    'POST',
    'transfers/:id',
    { metadata, description: emptyableText, ...expand },
    (call, given, id) => {
      const { world, owner } = call;
      const transfer = world.transfers.get(owner, id);
      transfer.metadata = mergeMetadata(transfer.metadata, given.metadata);
      if (given.description !== undefined) transfer.description = given.description;
      world.emit('transfer.updated', transfer, { account: owner, call });
      return transfer;
    },
  ),
  endpoint<Stripe.TransferCreateReversalParams, Stripe.TransferReversal>(
    'POST',
    'transfers/:id/reversals',
    { amount, metadata, description: text, refund_application_fee: flag, ...expand },
    (call, given, id) => reverse(call, call.world.transfers.get(call.owner, id), given),
  ),
  endpoint<Stripe.TransferListReversalsParams, Stripe.ApiList<Stripe.TransferReversal>>(
    'GET',
    'transfers/:id/reversals',
    page,
    ({ world, owner }, given, id) => {
      world.transfers.get(owner, id);
      return pageOf(`/v1/transfers/${id}/reversals`, world.reversals.with(owner, { transfer: id }), given);
    },
  ),
  endpoint<Stripe.TransferRetrieveReversalParams, Stripe.TransferReversal>(
    'GET',
    'transfers/:id/reversals/:reversal',
    expand,
    ({ world, owner, ids }, _given, id) => {
      const reversal = world.reversals.get(owner, ids[1] ?? '');
      if (reversal.transfer !== id) throw missing('transfer_reversal', reversal.id);
      return reversal;
    },
  ),
];
