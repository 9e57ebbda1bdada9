import { header, Refusal, type Call } from '../http/call';
import type { SandboxStore } from '../store';
import type { PublicJwk } from './keys';
import { protocolError, unrecoverable } from './refusals';
import { SignatureRefused, statusOf, verifyRequest } from './signatures';
import { dictionaryOf, isInnerList } from './structured-fields';
import { CHECKOUT, intersection, isUcpVersion, ORDER, type UcpVersion } from './versions';

/** A platform as its profile describes it, and what the store and it can do together. */
export interface Platform {
  profileUrl: string;
  version: UcpVersion;
  capabilities: string[];
  webhookUrl: string | null;
}

interface Cached {
  fetchedAt: number;
  profile: Record<string, unknown>;
}

const CACHED_MS = 60_000;
const AGAIN_AFTER_MS = 1000;
const LARGEST_PROFILE = 256 * 1024;
const ANSWER_WITHIN_MS = 5000;

/**
 * Who is calling: the profile that UCP-Agent names is fetched (and kept for a minute), the request verified against
 * its keys, the version and what both can do agreed on. Throws a Refusal.
 */
export class Platforms {
  private readonly cache = new Map<string, Cached>();

  constructor(
    private readonly store: SandboxStore,
    private readonly versions: UcpVersion[],
  ) {}

  async authenticate(call: Call): Promise<Platform> {
    const profileUrl = profileUrlOf(call);
    let profile = await this.profile(profileUrl, CACHED_MS);
    try {
      verifyRequest(call, keysOf(profile));
    } catch (error) {
      if (!(error instanceof SignatureRefused)) throw error;
      // A key that is not known may be a new one: the profile is asked for again, though not all the time.
      if (error.code !== 'key_not_found') throw refusedAs(error);
      profile = await this.profile(profileUrl, AGAIN_AFTER_MS);
      try {
        verifyRequest(call, keysOf(profile));
      } catch (again) {
        throw again instanceof SignatureRefused ? refusedAs(again) : again;
      }
    }
    return this.agree(profileUrl, profile);
  }

  forget(): void {
    this.cache.clear();
  }

  private agree(profileUrl: string, profile: Record<string, unknown>): Platform {
    const ucp = (profile['ucp'] ?? {}) as Record<string, unknown>;
    const version = ucp['version'];
    if (!isUcpVersion(version) || !this.versions.includes(version)) {
      const content = `Version ${String(version)} is not supported. This store speaks ${this.versions.join(' and ')}.`;
      const body = { code: 'version_unsupported', content, continue_url: this.store.baseUrl };
      throw new Refusal({ status: 422, body });
    }
    const offered = (ucp['capabilities'] ?? {}) as Record<string, unknown>;
    const capabilities = intersection(offered, version);
    if (!capabilities.includes(CHECKOUT)) {
      const content = 'There is nothing that both of us can do.';
      throw new Refusal(unrecoverable(version, 'capabilities_incompatible', content, this.store.baseUrl));
    }
    return { profileUrl, version, capabilities, webhookUrl: webhookUrlOf(offered, version) };
  }

  private async profile(url: string, notOlderThanMs: number): Promise<Record<string, unknown>> {
    const cached = this.cache.get(url);
    if (cached && Date.now() - cached.fetchedAt < notOlderThanMs) return cached.profile;
    const profile = await this.fetchProfile(url);
    this.cache.set(url, { fetchedAt: Date.now(), profile });
    return profile;
  }

  private async fetchProfile(url: string): Promise<Record<string, unknown>> {
    let text: string;
    try {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      text = await answer.text();
      if (answer.status !== 200) throw new Error(`It answered ${answer.status}.`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw protocolError(424, 'profile_unreachable', `The platform's profile could not be fetched: ${why}`);
    }
    if (text.length > LARGEST_PROFILE) throw protocolError(422, 'profile_malformed', 'The profile is too large.');
    let profile: unknown;
    try {
      profile = JSON.parse(text);
    } catch {
      throw protocolError(422, 'profile_malformed', 'The profile is not JSON.');
    }
    const wrong = faultOf(profile);
    if (wrong !== null) throw protocolError(422, 'profile_malformed', wrong);
    const { version } = (profile as { ucp: { version: string } }).ucp;
    this.store.recorder.write({
      ...{ protocol: 'ucp', version, operation: 'platform_profile', method: 'GET', path: new URL(url).pathname },
      ...{ agent: null, requestBody: null, status: 200, responseBody: profile, faulty: !isUcpVersion(version) },
    });
    return profile as Record<string, unknown>;
  }
}

/** RFC 8941 dictionary with a quoted https URL; http on the same machine only. */
function profileUrlOf(call: Call): string {
  const wrong = (content: string) => protocolError(400, 'invalid_profile_url', content);
  const agent = header(call, 'ucp-agent');
  if (agent === null) throw wrong('UCP-Agent is missing.');
  let member;
  try {
    member = dictionaryOf(agent).get('profile');
  } catch {
    throw wrong('UCP-Agent cannot be read.');
  }
  if (member === undefined || isInnerList(member) || typeof member.value !== 'string' || !URL.canParse(member.value))
    throw wrong('UCP-Agent names no profile.');
  const { protocol, hostname } = new URL(member.value);
  const onThisMachine = protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  if (protocol !== 'https:' && !onThisMachine) throw wrong('The profile must be served over https.');
  return member.value;
}

/** What is wrong with a platform's profile; null where nothing is. */
function faultOf(profile: unknown): string | null {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(profile) || !isObject(profile['ucp'])) return 'ucp is missing.';
  const { ucp } = profile;
  if (typeof ucp['version'] !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(ucp['version']))
    return 'ucp.version is no date.';
  for (const registry of ['services', 'payment_handlers'])
    if (!isObject(ucp[registry])) return `ucp.${registry} is missing.`;
  const keys = keysField(profile);
  if (!Array.isArray(profile[keys]) || profile[keys].length === 0) return `${keys} is missing.`;
  for (const key of profile[keys] as unknown[]) {
    if (!isObject(key) || typeof key['kid'] !== 'string' || typeof key['kty'] !== 'string')
      return 'A key has no kid or kty.';
    if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].some((name) => name in key)) return 'A private key is published.';
  }
  const capabilities = ucp['capabilities'];
  if (capabilities !== undefined && !isObject(capabilities)) return 'ucp.capabilities is no object.';
  for (const [name, entries] of Object.entries(capabilities ?? {})) {
    if (!Array.isArray(entries)) return `${name} is no array.`;
    for (const entry of entries as unknown[]) {
      if (!isObject(entry)) return `${name} has an entry that is no object.`;
      for (const member of ['version', 'spec', 'schema'])
        if (typeof entry[member] !== 'string') return `${name} has no ${member}.`;
      // Authority binding: what is of dev.ucp is described at ucp.dev.
      if (name.startsWith('dev.ucp.') && !String(entry['schema']).startsWith('https://ucp.dev/'))
        return `${name} is described by somebody else.`;
    }
  }
  return null;
}

function keysField(profile: Record<string, unknown>): 'keys' | 'signing_keys' {
  const { version } = profile['ucp'] as { version: string };
  return version <= '2026-04-08' ? 'signing_keys' : 'keys';
}

function keysOf(profile: Record<string, unknown>): PublicJwk[] {
  return profile[keysField(profile)] as PublicJwk[];
}

function webhookUrlOf(offered: Record<string, unknown>, version: string): string | null {
  const entries = offered[ORDER];
  if (!Array.isArray(entries)) return null;
  for (const entry of entries as { version?: string; config?: { webhook_url?: unknown } }[]) {
    const url = entry.config?.webhook_url;
    if (entry.version === version && typeof url === 'string' && URL.canParse(url)) return url;
  }
  return null;
}

function refusedAs(error: SignatureRefused): Refusal {
  return protocolError(statusOf(error), error.code, error.detail);
}
