/** The variable parts of a path that fits a pattern: `payment_intents/:id` fits `payment_intents/pi_1`. */
export function fit(pattern: string, path: string): string[] | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const ids: string[] = [];
  for (const [place, part] of wanted.entries()) {
    const value = given[place] ?? '';
    if (part.startsWith(':')) ids.push(decodeURIComponent(value));
    else if (part !== value) return null;
  }
  return ids;
}

/** The first of the routes that a request means. */
export function routeOf<R extends { method: string; path: string }>(
  routes: R[],
  method: string,
  path: string,
): { route: R; ids: string[] } | null {
  for (const route of routes) {
    const ids = route.method === method ? fit(route.path, path) : null;
    if (ids) return { route, ids };
  }
  return null;
}
