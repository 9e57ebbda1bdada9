/** What is wrong with a body, and where (JSONPath). */
export class Malformed extends Error {
  constructor(
    readonly at: string,
    readonly what: string,
  ) {
    super(`${at} ${what}`);
  }
}

export type Check = (value: unknown, at: string) => void;
export type Members = Record<string, Check>;

/** An object of these members and no others. */
export function object(required: Members, optional: Members = {}): Check {
  return (value, at) => {
    const members = asObject(value, at);
    for (const name of Object.keys(required)) {
      if (members[name] === undefined) throw new Malformed(`${at}.${name}`, 'is required');
    }
    const all: Members = { ...required, ...optional };
    for (const [name, member] of Object.entries(members)) {
      const check = Object.hasOwn(all, name) ? all[name] : undefined;
      if (!check) throw new Malformed(`${at}.${name}`, 'is not known here');
      check(member, `${at}.${name}`);
    }
  };
}

/** An object that may have more than what is named. */
export function open(named: Members = {}): Check {
  return (value, at) => {
    for (const [name, member] of Object.entries(asObject(value, at))) named[name]?.(member, `${at}.${name}`);
  };
}

export function array(of: Check, { min = 0, max = 500 }: { min?: number; max?: number } = {}): Check {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Malformed(at, 'must be an array');
    if (value.length < min || value.length > max) throw new Malformed(at, `must have ${min} to ${max} entries`);
    value.forEach((one, index) => of(one, `${at}[${index}]`));
  };
}

export function text({ max = 2000, pattern }: { max?: number; pattern?: RegExp } = {}): Check {
  return (value, at) => {
    if (typeof value !== 'string') throw new Malformed(at, 'must be text');
    if (value.length > max || (pattern && !pattern.test(value)))
      throw new Malformed(at, 'has not the form it must have');
  };
}

export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}): Check {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      throw new Malformed(at, `must be a whole number from ${min} to ${max}`);
  };
}

export const flag: Check = (value, at) => {
  if (typeof value !== 'boolean') throw new Malformed(at, 'must be true or false');
};

export function oneOf(...values: string[]): Check {
  return (value, at) => {
    if (!values.includes(value as string)) throw new Malformed(at, `must be one of ${values.join(', ')}`);
  };
}

export function orNull(check: Check): Check {
  return (value, at) => {
    if (value !== null) check(value, at);
  };
}

export function both(...checks: Check[]): Check {
  return (value, at) => checks.forEach((check) => check(value, at));
}

export const uri: Check = (value, at) => {
  if (typeof value !== 'string' || !URL.canParse(value)) throw new Malformed(at, 'must be a URI');
};

export function asObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(at, 'must be an object');
  return value as Record<string, unknown>;
}
