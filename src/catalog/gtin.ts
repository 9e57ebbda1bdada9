const FORM = /^(\d{8}|\d{12,14})$/;

/** Whether the digits are a GTIN-8, 12 (UPC), 13 (EAN) or 14 with the right check digit. */
export function isGtin(digits: string): boolean {
  if (!FORM.test(digits)) return false;
  // GS1: from the right, the check digit weighs 1, its neighbour 3, and so on in turns; the sum is a multiple of ten.
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}
