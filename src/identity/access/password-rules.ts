import { Injectable } from '@nestjs/common';
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { Config } from '../../platform/config';
import { PasswordRefused } from '../identity.errors';
import { passwordLength } from './passwords';

/** So many characters tell a common password; looking through hundreds would take a second of the processor. */
const LOOKED_AT = 32;
/** The library's own boundary of what holds against guessing through a sign-in that slows guessers down: a million tries. */
const TOO_FEW_GUESSES = 1e6;

/** Whose password it is to be: their own words are the first that anybody tries. */
export interface Owner {
  email: string;
  displayName: string | null;
}

/**
 * What a new password must be, after NIST SP 800-63B: long enough, and not among those that are tried first: common and
 * breached ones, their variations, runs of a keyboard, and what has to do with the owner or with Muse. Nothing is asked
 * of its characters.
 */
@Injectable()
export class PasswordRules {
  private estimator?: Promise<ZxcvbnFactory>;

  constructor(private readonly config: Config) {}

  /** Throws PasswordRefused, which points at the field of this name. */
  async assertGood(password: string, owner: Owner, field: 'password' | 'newPassword' = 'password'): Promise<void> {
    const least = this.config.PASSWORD_MIN_LENGTH;
    if (passwordLength(password) < least) throw new PasswordRefused(field, 'too_short', `at least ${least} characters`);
    if ((await this.guesses(password, ownWords(owner))) < TOO_FEW_GUESSES) {
      throw new PasswordRefused(field, 'too_common', 'one that is not among the first that anybody would try');
    }
  }

  /** How many tries it would last. */
  private async guesses(password: string, own: string[]): Promise<number> {
    const estimator = await (this.estimator ??= makeEstimator());
    const start = [...password.normalize('NFC')].slice(0, LOOKED_AT).join('');
    return Math.min(...[...new Set([start, withoutAccents(start)])].map((text) => estimator.check(text, own).guesses));
  }
}

/** The lists are read when they are first needed: a tenth of a second that no start should wait for, and a worker never needs. */
async function makeEstimator(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory: Estimator }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new Estimator({ dictionary: { common: dictionary['passwords-common'] }, graphs: adjacencyGraphs });
}

const withoutAccents = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '');

/** The words of an owner and of the product, as they are and without accents, blanks and dots. */
export function ownWords({ email, displayName }: Owner): string[] {
  const [local = '', domain = ''] = email.split('@');
  const given = [email, local, domain, ...local.split(/[^\p{L}\p{N}]+/u), ...domain.split('.'), displayName ?? ''];
  given.push(...(displayName ?? '').split(/\s+/), 'muse');
  const plain = given.map((word) => withoutAccents(word).replaceAll(/[^\p{L}\p{N}]/gu, ''));
  const backwards = plain.map((word) => [...word].reverse().join(''));
  return [...new Set([...given, ...plain, ...backwards].map((word) => word.toLowerCase()))].filter(
    (word) => word.length > 2,
  );
}
