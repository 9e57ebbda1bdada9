import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import {
  DECLINE_CODES,
  type DeclineCode,
  type Outcome,
  type PaymentProvider,
  type ProviderPayment,
  type RefusalCode,
} from '../provider';
import type { PaymentRow } from './payments.repository';
import { Settling } from './settling';
import type { StepEnd, StepHandler } from './step-handler';
import type { ClaimedStep } from './steps.repository';

const NOTHING: Outcome<null> = { type: 'done', value: null };

/** Sets the shopper's money aside for all the stores of a purchase. */
@Injectable()
export class AuthorizeStep implements StepHandler<ProviderPayment> {
  readonly kind = 'authorize';

  constructor(private readonly settling: Settling) {}

  /** Given up before anybody was asked, or seen on another way already. */
  isNeedless(step: ClaimedStep): boolean {
    return step.paymentStatus !== 'created' || (step.isGivenUp && step.attempts === 1);
  }

  call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment>> {
    return provider.authorize(step.key, {
      amountCents: step.amountCents,
      currency: step.currency,
      providerMethodId: step.providerMethodId,
      customerId: step.customerId,
      methodKind: step.methodKind,
      returnUrl: step.returnUrl,
      labels: { paymentId: step.paymentId, stepId: step.id },
    });
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment | null>> {
    if (step.providerPaymentId !== null) return provider.retrieve(step.providerPaymentId);
    return provider.find({ kind: 'payment', stepId: step.id, paymentId: step.paymentId, since: step.createdAt });
  }

  async done(tx: Tx, payment: PaymentRow, _step: ClaimedStep, state: ProviderPayment | null): Promise<StepEnd> {
    if (state) await this.settling.apply(tx, payment, state);
    else if (payment.status === 'created') await this.settling.cancelled(tx, payment, null);
    return { status: 'done', ref: state?.id ?? payment.providerPaymentId };
  }

  async refused(tx: Tx, payment: PaymentRow, _step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    await this.settling.decline(tx, payment, declined(code));
    return { status: 'failed', code };
  }
}

function isDecline(code: RefusalCode): code is DeclineCode {
  return (DECLINE_CODES as readonly string[]).includes(code);
}

/** What is no decline is nothing that the shopper could mend but by another method. */
function declined(code: RefusalCode): DeclineCode {
  if (isDecline(code)) return code;
  // Too little or too much for the provider, by whatever card: giving up is all that helps.
  if (code === 'amount_invalid' || code === 'amount_too_large') return 'amount_not_accepted';
  return code === 'not_found' || code === 'wrong_state' ? 'method_unusable' : 'processing_error';
}

/** Takes what was placed, once. */
@Injectable()
export class CaptureStep implements StepHandler<ProviderPayment> {
  readonly kind = 'capture';

  constructor(private readonly settling: Settling) {}

  isNeedless(step: ClaimedStep): boolean {
    return step.paymentStatus !== 'capturing';
  }

  async call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment>> {
    const { providerPaymentId, amountCents, currency } = step;
    const asked = await provider.capture(step.key, { providerPaymentId: providerPaymentId!, amountCents, currency });
    if (asked.type !== 'refused') return asked;
    // A refusal tells less than the payment itself: it may be captured already, or gone.
    const state = await provider.retrieve(providerPaymentId!);
    const isHeld = state.type === 'done' && state.value.status === 'authorized';
    return isHeld && !isFinal(asked.code) ? asked : state;
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment | null>> {
    return unlessStillHeld(provider, step);
  }

  async done(tx: Tx, payment: PaymentRow, _step: ClaimedStep, state: ProviderPayment | null): Promise<StepEnd> {
    if (!state || (await this.settling.apply(tx, payment, state)))
      return { status: 'done', ref: payment.providerPaymentId };
    if (state.status === 'processing') return { status: 'later', code: 'processing' };
    if (state.status === 'captured') return { status: 'needs_attention', code: 'captured_otherwise' };
    await this.settling.captureFailed(tx, payment, state.declineCode ?? 'capture_refused', state);
    return { status: 'failed', code: 'capture_refused' };
  }

  async refused(tx: Tx, payment: PaymentRow, _step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    // What a person has found out. All else is a fault of ours or of the configuration, and the money is still held.
    if (code !== 'not_done') return { status: 'needs_attention', code };
    await this.settling.captureFailed(tx, payment, code, null);
    return { status: 'failed', code };
  }
}

/** The shopper's bank will not give it, or the payment's state is in the way: it cannot be taken, though it may still be held. */
function isFinal(code: RefusalCode): boolean {
  return code === 'wrong_state' || isDecline(code);
}

/** Lets go of what nobody wants. */
@Injectable()
export class CancelStep implements StepHandler<ProviderPayment> {
  readonly kind = 'cancel';

  constructor(private readonly settling: Settling) {}

  isNeedless(step: ClaimedStep): boolean {
    return step.providerPaymentId === null || step.paymentStatus === 'cancelled' || step.paymentStatus === 'captured';
  }

  async call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment>> {
    const asked = await provider.cancel(step.key, step.providerPaymentId!);
    return asked.type === 'refused' ? provider.retrieve(step.providerPaymentId!) : asked;
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment | null>> {
    return unlessStillHeld(provider, step);
  }

  async done(tx: Tx, payment: PaymentRow, step: ClaimedStep, state: ProviderPayment | null): Promise<StepEnd> {
    if (!state || state.status === 'cancelled') {
      if (state && ['action_required', 'authorized'].includes(payment.status))
        await this.settling.apply(tx, payment, state);
      return { status: 'done', ref: step.providerPaymentId };
    }
    if (state.status === 'captured') return { status: 'needs_attention', code: 'captured_otherwise' };
    return { status: 'later', code: 'not_cancelled' };
  }

  async refused(_tx: Tx, _payment: PaymentRow, _step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    return { status: 'needs_attention', code };
  }
}

/** A payment that is still as it was has not been captured or cancelled by the call. */
async function unlessStillHeld(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderPayment | null>> {
  const state = await provider.retrieve(step.providerPaymentId!);
  return state.type === 'done' && state.value.status !== 'captured' && state.value.status !== 'cancelled'
    ? NOTHING
    : state;
}
