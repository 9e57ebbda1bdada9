import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { Turns } from '../../platform/turns';
import { SignInBusy } from '../identity.errors';

const ARGON2ID = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
const AT_ONCE = 2;
const WAITING = 100;

/** Whatever the operator asks for: see PASSWORD_MIN_LENGTH. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

/** Length as NIST SP 800-63B counts it: characters (code points) of the normalised text. */
export function passwordLength(password: string): number {
  return [...password.normalize('NFC')].length;
}

/** Whether it can be a password at all; PasswordRules ask more of a new one. */
export function isPassword(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const length = passwordLength(value);
  return length >= PASSWORD_MIN && length <= PASSWORD_MAX;
}

/**
 * Hashes and checks passwords: argon2id, 19 MiB, two passes (36 ms of one core). At most two at once, so that sign-ins
 * cannot take the processor from everybody else; a hundred wait, the next is told to come again (SignInBusy). Text is
 * brought to NFC first, as RFC 8265 (OpaqueString) has it: one password however a keyboard composes it, and no two into one.
 */
@Injectable()
export class Passwords {
  private readonly turns = new Turns(AT_ONCE);
  private dummy?: Promise<string>;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password.normalize('NFC'), ARGON2ID));
  }

  /** Takes the same time for an account that does not exist (`stored` undefined), for which it is always false. */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await (this.dummy ??= hash(randomBytes(16).toString('hex'), ARGON2ID)));
    const same = await this.inTurn(() => verify(against, password.normalize('NFC')));
    return same && stored !== undefined;
  }

  /** Makes what the first sign-in to an unknown account would otherwise have to wait for. */
  async onModuleInit(): Promise<void> {
    await (this.dummy ??= hash(randomBytes(16).toString('hex'), ARGON2ID));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.turns.waiting >= WAITING) return Promise.reject(new SignInBusy());
    return this.turns.take(work);
  }
}
