import { Injectable } from '@nestjs/common';
import { OutgoingRefused, SafeClient } from '../../platform/http-client';
import { AnswerReader, BadAnswer } from '../protocols/answer-reader';
import { permalinkOfProfile } from '../protocols/ucp/permalink-of-profile';
import { PROFILE_PATH } from '../protocols/ucp/platform-profile';
import { WELL_KNOWN, isOfSite, platformOfHost, platformOfPage, type PageSeen, type Seen } from './page-signs';

/** All requests of one look together, and each. */
const LOOK_MS = 20_000;
const PAGE_MS = 8_000;
const FILE_MS = 4_000;
const PAGE_BYTES = 4 * 1024 * 1024;
const FILE_BYTES = 1024 * 1024;

/** Why a look came to nothing: a stable word, which names no address. */
export type LookFault = 'no_answer' | 'address_refused' | 'too_long' | 'led_elsewhere' | `http_${number}`;

/** What a site was seen to be. */
export interface Look extends Seen {
  /** Where its permalinks begin, of its UCP profile. */
  permalink: string | null;
  /** Of the page; what the name or the profile says is told all the same. */
  fault: LookFault | null;
}

/**
 * Finds out what software a store runs, from one of its pages. Guarantees: only addresses that SafeClient lets through, each
 * redirect too; what the page leads to at another's site is not believed; at most seven requests, 20 seconds, some MiB.
 */
@Injectable()
export class PlatformDetection {
  constructor(private readonly client: SafeClient) {}

  /** `hosts`: the store's own; left out: the page's alone. */
  async look(pageUrl: string, hosts: readonly string[] = []): Promise<Look> {
    const until = Date.now() + LOOK_MS;
    const { origin, host, hostname } = new URL(pageUrl);
    const own = hosts.length > 0 ? hosts : [host];
    const [permalink, page] = await Promise.all([
      this.permalinkAt(origin, own),
      this.get(pageUrl, PAGE_MS, PAGE_BYTES),
    ]);
    const byName = platformOfHost(hostname);
    if (byName.platform) return { ...byName, permalink, fault: null };
    const fault = typeof page === 'string' ? page : faultOf(page, own);
    const byPage = typeof page === 'string' || fault ? { platform: null, evidence: [] } : platformOfPage(page);
    if (byPage.platform) return { ...byPage, permalink, fault };
    // Whose page cannot be reached at all need not be asked for files.
    const isThere = typeof page !== 'string' && page.status < 500;
    return { ...(isThere ? await this.byFiles(origin, until) : byPage), permalink, fault };
  }

  private async byFiles(origin: string, until: number): Promise<Seen> {
    for (const { path, platform, name, isIt } of WELL_KNOWN) {
      const left = Math.min(FILE_MS, until - Date.now());
      if (left <= 0) break;
      const file = await this.get(`${origin}${path}`, left, FILE_BYTES, 'refuse');
      if (typeof file !== 'string' && isIt(file)) return { platform, evidence: [name] };
    }
    return { platform: null, evidence: [] };
  }

  /** Null also where the profile cannot be read, or sends shoppers to another's site. */
  private async permalinkAt(origin: string, own: readonly string[]): Promise<string | null> {
    const mayBeHttp = this.client.isSandbox(origin);
    if (!mayBeHttp && !origin.startsWith('https:')) return null;
    const profile = await this.get(`${origin}${PROFILE_PATH}`, FILE_MS, FILE_BYTES, 'refuse');
    if (typeof profile === 'string' || profile.status !== 200) return null;
    try {
      const permalink = permalinkOfProfile(AnswerReader.parse(Buffer.from(profile.body)), mayBeHttp);
      return permalink !== null && isOfSite(permalink, own) ? permalink : null;
    } catch (error) {
      if (error instanceof BadAnswer) return null;
      throw error;
    }
  }

  private async get(
    url: string,
    timeoutMs: number,
    maxBytes: number,
    redirects: 'follow' | 'refuse' = 'follow',
  ): Promise<PageSeen | LookFault> {
    try {
      const answer = await this.client.fetch(url, {
        ...{ timeoutMs, maxBytes, redirects },
        headers: { accept: 'text/html,application/json;q=0.9,*/*;q=0.1' },
      });
      return { url: answer.url, status: answer.status, headers: answer.headers, body: answer.body.toString('utf8') };
    } catch (error) {
      if (!(error instanceof OutgoingRefused)) return 'no_answer';
      if (error.reason === 'size') return 'too_long';
      return error.reason === 'timeout' || error.reason === 'redirects' ? 'no_answer' : 'address_refused';
    }
  }
}

/** What stands at another's site says nothing of this store. */
function faultOf({ url, status }: PageSeen, own: readonly string[]): LookFault | null {
  if (!isOfSite(url, own)) return 'led_elsewhere';
  // Some shops answer programs with 403 or 404 and yet say by headers and page what they are.
  return status >= 400 ? `http_${status}` : null;
}
