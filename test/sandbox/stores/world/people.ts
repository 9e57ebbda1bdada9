export interface Address {
  firstName: string;
  lastName: string;
  line1: string;
  line2?: string;
  city: string;
  region: string;
  postalCode: string;
  country: string;
  phone?: string;
}

export interface SavedAddress extends Address {
  id: string;
  isDefault: boolean;
}

export interface SavedCard {
  id: string;
  brand: string;
  last4: string;
  expiryMonth: number;
  expiryYear: number;
  isDefault: boolean;
  /** Its bank says no. */
  declines?: boolean;
}

export interface Account {
  id: string;
  password: string;
  firstName: string;
  lastName: string;
  email: string;
  addresses: SavedAddress[];
  cards: SavedCard[];
}

/** Who has an account at a store; passphrases are in the open, nobody real is behind them. */
export const ACCOUNTS: readonly Account[] = [
  {
    ...{ id: 'ana', password: 'ana-store-passphrase', firstName: 'Ana', lastName: 'Reyes', email: 'ana@shop.example' },
    addresses: [
      {
        ...{ id: 'addr_ana_home', isDefault: true, firstName: 'Ana', lastName: 'Reyes', phone: '+15125550101' },
        ...{
          line1: '500 Congress Ave',
          line2: 'Apt 12',
          city: 'Austin',
          region: 'TX',
          postalCode: '78701',
          country: 'US',
        },
      },
      {
        ...{ id: 'addr_ana_work', isDefault: false, firstName: 'Ana', lastName: 'Reyes' },
        ...{ line1: '1600 Smith St', city: 'Houston', region: 'TX', postalCode: '77002', country: 'US' },
      },
    ],
    cards: [
      { id: 'card_ana_visa', brand: 'visa', last4: '4242', expiryMonth: 8, expiryYear: 2031, isDefault: true },
      { id: 'card_ana_amex', brand: 'amex', last4: '0005', expiryMonth: 1, expiryYear: 2030, isDefault: false },
      {
        ...{
          id: 'card_ana_declined',
          brand: 'visa',
          last4: '0002',
          expiryMonth: 3,
          expiryYear: 2029,
          isDefault: false,
        },
        declines: true,
      },
    ],
  },
  {
    ...{ id: 'bo', password: 'bo-store-passphrase', firstName: 'Bo', lastName: 'Lind', email: 'bo@shop.example' },
    addresses: [
      {
        ...{ id: 'addr_bo_home', isDefault: true, firstName: 'Bo', lastName: 'Lind' },
        ...{ line1: '77 Pine St', city: 'Portland', region: 'OR', postalCode: '97204', country: 'US' },
      },
    ],
    cards: [
      { id: 'card_bo_mc', brand: 'mastercard', last4: '4444', expiryMonth: 11, expiryYear: 2030, isDefault: true },
    ],
  },
  // Has saved nothing.
  {
    ...{ id: 'cy', password: 'cy-store-passphrase', firstName: 'Cy', lastName: 'Okafor', email: 'cy@shop.example' },
    addresses: [],
    cards: [],
  },
];

export function accountOf(id: string): Account | undefined {
  return ACCOUNTS.find((account) => account.id === id);
}
