import { randomInt } from 'node:crypto';

const CLICK_ID_LENGTH = 28;
const CLICK_ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** 28 lower-case characters fit every affiliate network's sub-id; random, so it says nothing of anybody. */
export function newClickId(): string {
  return Array.from({ length: CLICK_ID_LENGTH }, () => CLICK_ID_CHARACTERS[randomInt(CLICK_ID_CHARACTERS.length)]).join(
    '',
  );
}
