import type { JsonWebKey } from 'node:crypto';
import { AnswerReader } from '../answer-reader';
import type { PublishedKey } from './message-signatures';
import { CAPABILITIES, SHOPPING, UCP_VERSIONS, type UcpVersion } from './ucp-versions';
import { isUrl } from '../../../platform/http-client';

/** Where keys have the name `keys`; a key that is not in that list is one that was taken back. */
const KEYS_SINCE = '2026-08-25';

/** What a store's profile says, as far as Muse needs it: kept in `store_profiles`. */
export interface BusinessProfile {
  version: UcpVersion;
  /** Where its REST interface begins, without a slash at the end. */
  endpoint: string;
  /** Active between the store and Muse, by name. */
  capabilities: string[];
  /** Its payment handlers: the name, and the ids of its instances. */
  handlers: Record<string, string[]>;
  /** By which it signs. */
  keys: PublishedKey[];
}

/** What the document at the well-known place says of versions, before one is chosen. */
export type ProfileChoice =
  | { version: UcpVersion; profile: BusinessProfile }
  /** The newest version that both speak has a profile of its own. */
  | { version: UcpVersion; at: string; keys: PublishedKey[] };

/** Throws BadAnswer; null where there is no version that both speak, or none of the shopping service over REST. */
export function chooseVersion(document: AnswerReader, mayBeHttp: boolean): ProfileChoice | null {
  const ucp = document.at('ucp');
  const current = ucp.at('version').id();
  const older = new Map(ucp.at('supported_versions').entries());
  for (const version of UCP_VERSIONS) {
    if (version === current) {
      const profile = readProfile(document, version, mayBeHttp);
      return profile && { version, profile };
    }
    const at = older.get(version);
    if (at) return { version, at: at.url(mayBeHttp), keys: keysOf(document) };
  }
  return null;
}

/** A profile of one version; null where that is not the one it says, or where it does not sell over REST. */
export function readProfile(document: AnswerReader, version: UcpVersion, mayBeHttp: boolean): BusinessProfile | null {
  const ucp = document.at('ucp');
  if (ucp.at('version').id() !== version) return null;
  const rest = ucp
    .at('services')
    .at(SHOPPING)
    .list()
    .find((service) => service.at('transport').id() === 'rest' && isOfVersion(service, version));
  if (!rest) return null;
  return {
    version,
    endpoint: rest.at('endpoint').url(mayBeHttp).replace(/\/+$/, ''),
    capabilities: activeCapabilities(ucp.at('capabilities'), version),
    handlers: Object.fromEntries(
      ucp
        .at('payment_handlers')
        .entries()
        .map(([name, handlers]) => [name, handlers.list().flatMap((handler) => handler.at('id').idOrNull() ?? [])]),
    ),
    keys: keysOf(document),
  };
}

/** What both can, at this version; an extension only beside what it extends. */
function activeCapabilities(offered: AnswerReader, version: UcpVersion): string[] {
  const entries = new Map(offered.entries());
  const active = new Set(
    CAPABILITIES.map(({ name }) => name).filter((name) =>
      entries
        .get(name)
        ?.list()
        .some((capability) => isOfVersion(capability, version) && isOfItsNamespace(name, capability.at('schema'))),
    ),
  );
  for (const { name, extends: parent } of CAPABILITIES) {
    if (parent !== undefined && !active.has(parent)) active.delete(name);
  }
  return [...active];
}

function isOfVersion(entity: AnswerReader, version: UcpVersion): boolean {
  return entity.at('version').id() === version;
}

/** A capability whose schema stands at somebody else's is not the one that its name says. */
export function isOfItsNamespace(name: string, schema: AnswerReader): boolean {
  if (!schema.isThere) return true;
  const url = schema.isText && isUrl(schema.id()) ? new URL(schema.id()) : null;
  if (!url || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
  const authority = url.hostname.replace(/\.$/, '').split('.').reverse().join('.');
  return authority.includes('.') && (name === authority || name.startsWith(`${authority}.`));
}

/** Public parts only, whatever else stands beside them; kinds that are not known here are kept, and never hold. */
export function keysOf(document: AnswerReader): PublishedKey[] {
  const isOfBefore = document.at('ucp').at('version').id() < KEYS_SINCE && document.at('signing_keys').isThere;
  const published = document.at(isOfBefore ? 'signing_keys' : 'keys').list();
  const keys = new Map<string, PublishedKey>();
  for (const key of published) {
    const kid = key.at('kid').idOrNull();
    const kty = key.at('kty').idOrNull();
    if (kid === null || kty === null || keys.has(kid) || !mayVerify(key)) continue;
    const parts = ['crv', 'x', 'y', 'n', 'e'].map((part) => [part, key.at(part).isText ? key.at(part).text() : null]);
    keys.set(kid, {
      kid,
      jwk: Object.fromEntries([['kty', kty], ...parts.filter(([, value]) => value)]) as JsonWebKey,
    });
  }
  return [...keys.values()];
}

/** RFC 7517, 4.2 and 4.3. */
function mayVerify(key: AnswerReader): boolean {
  const use = key.at('use');
  const operations = key.at('key_ops');
  if (use.isThere && use.isText && use.id() === 'enc') return false;
  return !operations.isThere || operations.list().some((operation) => operation.isText && operation.id() === 'verify');
}
