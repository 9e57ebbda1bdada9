import { Injectable } from '@nestjs/common';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
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
  private estimator?: ZxcvbnFactory;

  constructor(private readonly config: Config) {}

  /** Throws PasswordRefused, which points at the field of this name. */
  assertGood(password: string, owner: Owner, field: 'password' | 'newPassword' = 'password'): void {
    const least = this.config.PASSWORD_MIN_LENGTH;
    if (passwordLength(password) < least) throw new PasswordRefused(field, 'too_short', `at least ${least} characters`);
    if (this.guesses(password, ownWords(owner)) < TOO_FEW_GUESSES) {
      throw new PasswordRefused(field, 'too_common', 'one that is not among the first that anybody would try');
    }
  }

  /** How many tries it would last. The lists are read when they are first needed, which is seldom in a worker. */
  private guesses(password: string, own: string[]): number {
    const estimator = (this.estimator ??= new ZxcvbnFactory({
      dictionary: { common: dictionary['passwords-common'] },
      graphs: adjacencyGraphs,
    }));
    const start = [...password.normalize('NFC')].slice(0, LOOKED_AT).join('');
    return Math.min(...[...new Set([start, withoutAccents(start)])].map((text) => estimator.check(text, own).guesses));
  }
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
