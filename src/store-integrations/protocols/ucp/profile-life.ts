const LEAST_SECONDS = 60;
const MOST_SECONDS = 86_400;
const UNTOLD_SECONDS = 600;

/**
 * How many seconds a profile is kept: as `Cache-Control` says, but a minute at least, whatever it says (UCP sets the floor),
 * and a day at most. `Age` is the time that it lay in caches on the way.
 */
export function lifeOf(cacheControl: string | undefined, age: string | undefined): number {
  const directives = (cacheControl ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim());
  if (directives.some((directive) => /^(no-store|no-cache|private)(=|$)/.test(directive))) return LEAST_SECONDS;
  const told = directives.map((directive) => /^(?:s-maxage|max-age)="?(\d{1,10})"?$/.exec(directive)?.[1]);
  const seconds = told.filter((value) => value !== undefined).map(Number);
  const lay = /^\d{1,10}$/.test(age ?? '') ? Number(age) : 0;
  const life = seconds.length > 0 ? Math.min(...seconds) - lay : UNTOLD_SECONDS;
  return Math.min(Math.max(life, LEAST_SECONDS), MOST_SECONDS);
}
