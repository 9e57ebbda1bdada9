import { invalid } from '../http/failure';

/** See https://docs.stripe.com/currencies */
const ZERO_DECIMALS = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');
const THREE_DECIMALS = 'bhd jod kwd omr tnd'.split(' ');
const TWO_DECIMALS = (
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop ' +
  'crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd kes ' +
  'kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab ' +
  'pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ' +
  'ugx uyu uzs wst xcd yer zar zmw'
).split(' ');
/** Without decimals in the world, with two in Stripe's API: the last two digits are 00. */
const WITHOUT_FRACTION = ['isk', 'ugx'];
const MINIMUM: Record<string, number> = {
  ...{ usd: 50, eur: 50, gbp: 30, cad: 50, aud: 50, nzd: 50, chf: 50, brl: 50, sgd: 50, inr: 50, mxn: 1000, jpy: 50 },
  ...{
    dkk: 250,
    nok: 300,
    sek: 300,
    hkd: 400,
    huf: 17500,
    pln: 200,
    czk: 1500,
    ron: 200,
    aed: 200,
    myr: 200,
    thb: 1000,
  },
};
const MAXIMUM = 99_999_999;

/** @throws for a currency that Stripe does not take: VES, for one */
export function supported(currency: string): string {
  const code = currency.toLowerCase();
  if ([ZERO_DECIMALS, TWO_DECIMALS, THREE_DECIMALS].some((codes) => codes.includes(code))) return code;
  throw invalid(`Invalid currency: ${code}. Stripe currently supports these currencies: usd, eur, …`, {
    param: 'currency',
  });
}

/** Of what a card is charged: between the least and the most, and in whole units of what the card networks know. */
export function checkChargeAmount(amount: number, currency: string): void {
  if (amount < (MINIMUM[currency] ?? 1))
    throw invalid(`Amount must be at least ${MINIMUM[currency] ?? 1} ${currency}`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  if (amount > MAXIMUM)
    throw invalid(`Amount must be no more than ${MAXIMUM} ${currency}`, { code: 'amount_too_large', param: 'amount' });
  checkDigits(amount, currency, 'amount');
}

/** The last digit of a currency with three decimals is 0, the last two of ISK and UGX are 00. */
export function checkDigits(amount: number, currency: string, param: string): void {
  const step = THREE_DECIMALS.includes(currency) ? 10 : WITHOUT_FRACTION.includes(currency) ? 100 : 1;
  if (amount % step !== 0)
    throw invalid(`Invalid amount. Amounts in ${currency} must be evenly divisible by ${step}.`, { param });
}
