import type { PaymentProvider } from './payment-provider';

/** No provider is configured: nobody can be paid through Muse. */
export class PaymentsOff extends Error {
  override name = 'PaymentsOff';
}

/** The providers of this process by name; `card` is the one that new payments, accounts and methods go to, if there is one. */
export class PaymentProviders {
  private readonly byName: Map<string, PaymentProvider>;

  constructor(providers: PaymentProvider[]) {
    this.byName = new Map(providers.map((provider) => [provider.name, provider]));
    if (this.byName.size !== providers.length) throw new Error('Two payment providers have one name');
  }

  /** Whether anybody can be paid through Muse. */
  get on(): boolean {
    return this.byName.size > 0;
  }

  /** Throws PaymentsOff. */
  get main(): PaymentProvider {
    const [first] = this.byName.values();
    if (!first) throw new PaymentsOff();
    return first;
  }

  get all(): PaymentProvider[] {
    return [...this.byName.values()];
  }

  /** Undefined for a name that is not configured. */
  find(name: string): PaymentProvider | undefined {
    return this.byName.get(name);
  }

  /** Throws PaymentsOff for a name that is not configured (any more). */
  named(name: string): PaymentProvider {
    const provider = this.byName.get(name);
    if (!provider) throw new PaymentsOff(name);
    return provider;
  }
}
