import { isUrl } from '../../platform/http-client';
import type { Survey } from './page-eyes';
import type { State, Target } from './recipe';

/** Every target that has to be looked at to tell whether a state holds. */
export function targetsOf(state: State): Target[] {
  if ('present' in state) return [state.present];
  if ('absent' in state) return [state.absent];
  if ('any' in state) return state.any.flatMap(targetsOf);
  return [];
}

/** What a look at a page answers. */
export interface Sight {
  url: string;
  isSeen(target: Target): boolean;
  isGiven(name: string): boolean;
}

export function holds(state: State, sight: Sight): boolean {
  if ('present' in state) return sight.isSeen(state.present);
  if ('absent' in state) return !sight.isSeen(state.absent);
  if ('path' in state) return pathFits(state.path, sight.url);
  if ('given' in state) return sight.isGiven(state.given);
  return state.any.some((one) => holds(one, sight));
}

/** `*` stands for anything; without a question mark in it the query does not matter. A slash at the end does not either. */
export function pathFits(pattern: string, url: string): boolean {
  if (!isUrl(url)) return false;
  const { pathname, search } = new URL(url);
  const given = pattern.includes('?') ? trimmed(pathname) + search : trimmed(pathname);
  const [first = '', ...parts] = trimmed(pattern).split('*');
  if (parts.length === 0) return given === first;
  if (!given.startsWith(first)) return false;
  let at = first.length;
  const last = parts.pop()!;
  for (const part of parts) {
    const found = given.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return given.length - at >= last.length && given.endsWith(last);
}

const trimmed = (path: string) => (path.length > 1 ? path.replace(/\/$/, '') : path);

/** How often each of the targets was seen, all candidates and frames together. */
export function seenIn(survey: Survey, targets: readonly Target[]): (target: Target) => boolean {
  return (target) => {
    const place = targets.indexOf(target);
    return place !== -1 && survey.some(({ counts }) => counts[place]!.some((count) => count > 0));
  };
}
