import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../platform/http';
import { OutcomeUnknown, type Outcome, type PaymentProvider, type PaymentProviders } from './provider';

/** 503: no payment provider is configured. */
export class PaymentsNotOffered extends DomainError {
  constructor() {
    super('payments_off', 503, 'Payments through Muse are not switched on here.');
  }
}

/** 503: the payment provider does not answer, or is too busy; what was begun goes on with the same Idempotency-Key. */
export class ProviderUnavailable extends DomainError {
  constructor() {
    super('provider_unavailable', 503, 'The payment provider does not answer at the moment; try again.', {}, [], {
      'retry-after': '5',
    });
  }
}

/** The provider that new accounts and methods go to. Throws PaymentsNotOffered. */
export function providerOf(providers: PaymentProviders): PaymentProvider {
  if (!providers.on) throw new PaymentsNotOffered();
  return providers.main;
}

/** As the call, but an outcome that nobody knows is one that may be asked for again: only for calls that are safe to repeat. */
export async function repeatable<T>(call: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof OutcomeUnknown) return { type: 'unavailable', code: error.code };
    throw error;
  }
}

const TRIES = 6;
const AGAIN_MS = 150;

/** A call that is safe to repeat, a few times over a few seconds. Throws ProviderUnavailable. */
export async function answerOf<T>(
  call: () => Promise<Outcome<T>>,
  tries = TRIES,
): Promise<Exclude<Outcome<T>, { type: 'unavailable' }>> {
  for (let count = 1; ; count++) {
    const outcome = await repeatable(call);
    if (outcome.type !== 'unavailable') return outcome;
    if (count === tries) throw new ProviderUnavailable();
    await sleep(AGAIN_MS * count);
  }
}

/** What our row says of an object that the provider has to make once. */
export interface Making {
  /** The provider's id, once it is known. */
  madeId: string | null;
  /** Idempotency key under which it is asked for. */
  key: string;
  askedAt: Date;
  /** Asked for so long ago that the provider may have forgotten the key. */
  isOld: boolean;
}

/** So long a provider is relied on to know an idempotency key: Stripe keeps them for 24 hours. */
export const KEY_IS_OLD = `interval '23 hours'`;

export interface MakingSteps<T extends { id: string }> {
  /** Commits the intent, or finds it: one row, whoever asks first. */
  intend: () => Promise<Making>;
  /** Puts a new key in the place of this one, if it is still the row's. */
  renew: (key: string) => Promise<void>;
  /** The object that was made at that time, by its metadata. */
  find: (askedAt: Date) => Promise<Outcome<T | null>>;
  make: (key: string) => Promise<Outcome<T>>;
  /** Writes it into the row; gives the id that stands there. */
  record: (made: T) => Promise<string>;
}

/**
 * Has the provider make an object once, however many ask at once and whatever is lost on the way: intent, call under the
 * intent's key, outcome. Where it is not known whether a call made it, or the call was too long ago, it is looked for.
 * Gives its id, or why the provider refuses. Throws ProviderUnavailable.
 */
export async function madeOnce<T extends { id: string }>(
  steps: MakingSteps<T>,
): Promise<{ id: string } | { refused: string }> {
  for (let count = 1; count <= TRIES; count++) {
    const making = await steps.intend();
    if (making.madeId !== null) return { id: making.madeId };
    const outcome = making.isOld ? await soughtAndRenewed(steps, making) : await madeOrSought(steps, making);
    if (outcome.type === 'refused') return { refused: outcome.code };
    if (outcome.type === 'done' && outcome.value !== null) return { id: await steps.record(outcome.value) };
    if (outcome.type === 'unavailable') await sleep(AGAIN_MS * count);
  }
  throw new ProviderUnavailable();
}

async function madeOrSought<T extends { id: string }>(
  steps: MakingSteps<T>,
  making: Making,
): Promise<Outcome<T | null>> {
  try {
    return await steps.make(making.key);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    // A call that was answered is over, and under its key the answer would be the same for a day. One that was not may
    // still be under way: it is sent again under the same key.
    if (error.code.startsWith('http_')) return soughtAndRenewed(steps, making);
    const found = await repeatable(() => steps.find(making.askedAt));
    return found.type === 'done' && found.value === null ? { type: 'unavailable', code: error.code } : found;
  }
}

/** What was made; where nothing was, a new key, and null. */
async function soughtAndRenewed<T extends { id: string }>(
  steps: MakingSteps<T>,
  { key, askedAt }: Making,
): Promise<Outcome<T | null>> {
  const found = await repeatable(() => steps.find(askedAt));
  if (found.type === 'done' && found.value === null) await steps.renew(key);
  return found;
}
