import { isUrl } from '../../platform/http-client';
import { CARRIERS, carrierOf, carrierOfHost, type CarrierCode } from './carriers';
import { carriersOfNumber, detectCarrier, normalNumber } from './tracking-numbers';

/** A number with whoever carries it. */
export interface TrackedNumber {
  carrier: CarrierCode;
  /** In its normal form. */
  trackingNumber: string;
}

/**
 * Where a parcel can be followed: at the carrier that is named, else at the one that the number names by itself; null where
 * neither is known.
 */
export function trackingLink(carrier: string, trackingNumber: string): string | null {
  const code = carrierOf(carrier) ?? detectCarrier(trackingNumber)?.carrier;
  const page = code && CARRIERS[code].page;
  return page ? page + encodeURIComponent(trackingNumber.replaceAll(/\s/g, '')) : null;
}

/** Names of parameters by which carriers' pages take a number. */
const NUMBER_PARAMETER =
  /track|trk|trace|tlabel|awb|shipment|parcel|consignment|envio|guia|searchfor|inquirynumber|piececode|idc/i;

/** The number in a link to a carrier's page, as far as the link itself tells; null for other links. */
export function numberInLink(url: string): TrackedNumber | null {
  if (url.length > 2_000 || !isUrl(url)) return null;
  const { hostname, pathname, searchParams, hash } = new URL(url);
  const carrier = carrierOfHost(hostname);
  if (!carrier) return null;
  const query = new URLSearchParams(hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : '');
  const named = [...searchParams, ...query];
  const parts = [...named.map(([, value]) => value), ...`${pathname}/${hash}`.split(/[/?#&=:,]/)];
  const form = parts
    .map(decoded)
    .flatMap((value) => value.split(/[,;|]/))
    .find((value) => isOf(carrier, value));
  if (form) return { carrier, trackingNumber: normalNumber(form) };
  const value = named.find(([name, text]) => NUMBER_PARAMETER.test(name) && looksLikeNumber(text))?.[1];
  return value === undefined ? null : { carrier, trackingNumber: normalNumber(value) };
}

function isOf(carrier: CarrierCode, text: string): boolean {
  return text.length <= 60 && carriersOfNumber(text).some((one) => one.carrier === carrier);
}

function looksLikeNumber(text: string): boolean {
  const number = normalNumber(text);
  return number.length >= 8 && number.length <= 40 && number.replaceAll(/\D/g, '').length >= 6 && text.length <= 60;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
