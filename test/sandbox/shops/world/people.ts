export interface Address {
  name: string;
  line1: string;
  line2: string;
  city: string;
  region: string;
  postalCode: string;
  country: string;
  phone: string;
}

export interface Card {
  id: string;
  brand: string;
  last4: string;
  expires: string;
  isDefault: boolean;
  /** Its bank says no. */
  declines: boolean;
}

export interface Account {
  id: string;
  email: string;
  password: string;
  name: string;
  address: Address | null;
  cards: Card[];
}

const card = (id: string, brand: string, last4: string, isDefault: boolean, declines = false): Card => ({
  ...{ id, brand, last4, expires: '08/31', isDefault, declines },
});

/** Who has an account at each shop; passphrases are in the open, nobody real is behind them. */
export const FIRST_ACCOUNTS: readonly Account[] = [
  {
    ...{ id: 'ana', email: 'ana@shop.example', password: 'ana-shop-passphrase', name: 'Ana Reyes' },
    address: {
      ...{ name: 'Ana Reyes', line1: '500 Congress Ave', line2: 'Apt 12', city: 'Austin', region: 'TX' },
      ...{ postalCode: '78701', country: 'US', phone: '5125550101' },
    },
    cards: [
      card('visa-4242', 'Visa', '4242', true),
      card('amex-0005', 'American Express', '0005', false),
      card('visa-0002', 'Visa', '0002', false, true),
    ],
  },
  {
    ...{ id: 'bo', email: 'bo@shop.example', password: 'bo-shop-passphrase', name: 'Bo Lind', address: null },
    cards: [card('mc-4444', 'Mastercard', '4444', true)],
  },
  // Has saved nothing.
  {
    ...{ id: 'cy', email: 'cy@shop.example', password: 'cy-shop-passphrase', name: 'Cy Okafor' },
    address: null,
    cards: [],
  },
];

export class People {
  private accounts = new Map<string, Account>();

  constructor() {
    this.reset();
  }

  byEmail(email: string): Account | undefined {
    return [...this.accounts.values()].find((account) => account.email === email.trim().toLowerCase());
  }

  of(id: string): Account | undefined {
    return this.accounts.get(id);
  }

  /** One more, with one card unless it is to have none. */
  add(id: string, password: string, hasCard: boolean): Account {
    const account: Account = {
      ...{ id, email: `${id}@shop.example`, password, name: 'Sam Shopper', address: null },
      cards: hasCard ? [card(`visa-${id}`, 'Visa', '4242', true)] : [],
    };
    this.accounts.set(id, account);
    return account;
  }

  reset(): void {
    this.accounts = new Map(FIRST_ACCOUNTS.map((account) => [account.id, structuredClone(account)]));
  }
}
