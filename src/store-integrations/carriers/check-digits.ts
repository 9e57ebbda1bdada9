/** Check digits of tracking numbers, as carriers publish them. Digits and capitals only; the last is the check digit. */

/** From the right, without the check digit: times 3, 1, 3, … up to the next ten (USPS, FedEx Ground, Canada Post, SSCC). */
export function hasMod10(digits: string): boolean {
  let sum = 0;
  for (let place = digits.length - 2, weight = 3; place >= 0; place -= 1, weight = 4 - weight)
    sum += Number(digits[place]) * weight;
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

/** From the left: times 1, 2, 1, … up to the next ten; letters count as digits (UPS after `1Z`, OnTrac). */
export function hasMod10OfLetters(text: string): boolean {
  let sum = 0;
  for (let place = 0; place < text.length - 1; place += 1) {
    const code = text.charCodeAt(place);
    const value = code >= 65 ? (code - 63) % 10 : code - 48;
    sum += place % 2 === 0 ? value : value * 2;
  }
  return (10 - (sum % 10)) % 10 === Number(text.at(-1));
}

const S10 = [8, 6, 4, 2, 3, 5, 9, 7];

/** Nine digits of international post (S10). */
export function hasMod11(digits: string): boolean {
  const sum = S10.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  const rest = 11 - (sum % 11);
  return (rest === 10 ? 0 : rest === 11 ? 5 : rest) === Number(digits[8]);
}

/** From the right, without the check digit: times 1, 3, 7, … modulo 11, of which the last digit (FedEx Express). */
export function hasMod11Of317(digits: string): boolean {
  let sum = 0;
  for (let place = digits.length - 2, at = 0; place >= 0; place -= 1, at += 1)
    sum += Number(digits[place]) * [1, 3, 7][at % 3]!;
  return (sum % 11) % 10 === Number(digits.at(-1));
}

/** What remains of the others divided by seven (DHL Express). */
export function hasMod7(digits: string): boolean {
  return Number(digits.slice(0, -1)) % 7 === Number(digits.at(-1));
}
