export { CARRIERS, carrierName, carrierOf, carrierOfHost, type Carrier, type CarrierCode } from './carriers';
export { carriersInText, numbersInText } from './numbers-in-text';
export { numberInLink, trackingLink, type TrackedNumber } from './tracking-links';
export {
  carriersOfNumber,
  detectCarrier,
  normalNumber,
  parcelNumber,
  type Needs,
  type NumberContext,
  type NumberMatch,
} from './tracking-numbers';
