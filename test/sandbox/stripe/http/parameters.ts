import { Failure, invalid } from './failure';
import type { Fields, Form } from './form';

/** Reads one parameter, or refuses it. */
export interface Rule {
  read(value: Form, name: string): unknown;
  isRequired?: boolean;
}

/**
 * The parameters of an endpoint that the double honours. Their names are those of stripe-node's own type, so that a
 * wrong name does not compile; what is not named here is refused, although Stripe may know it: the double never
 * ignores what it was asked for.
 */
export type Parameters<P> = { [K in keyof P]?: Rule };

/** All parameters of a request, read by their rules. */
export function readParameters<P>(rules: Parameters<P>, fields: Fields, within = ''): P {
  const known = rules as Record<string, Rule | undefined>;
  const full = (name: string) => (within === '' ? name : `${within}[${name}]`);
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!rule)
      throw invalid(`Received unknown parameter: ${full(name)}`, { code: 'parameter_unknown', param: full(name) });
    given[name] = rule.read(value, full(name));
  }
  for (const [name, rule] of Object.entries(known))
    if (rule?.isRequired && given[name] === undefined)
      throw invalid(`Missing required param: ${full(name)}.`, { code: 'parameter_missing', param: full(name) });
  return given as P;
}

export function required(rule: Rule): Rule {
  return { ...rule, isRequired: true };
}

export const text: Rule = {
  read(value, name) {
    if (typeof value !== 'string') throw invalid('Invalid string', { param: name });
    if (value === '')
      throw invalid(
        `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset.`,
        { code: 'parameter_invalid_empty', param: name },
      );
    return value;
  },
};

/** Text that may be emptied: '' is null. */
export const emptyableText: Rule = {
  read(value, name) {
    if (typeof value !== 'string') throw invalid('Invalid string', { param: name });
    return value === '' ? null : value;
  },
};

export const integer: Rule = {
  read(value, name) {
    if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value))
      throw invalid(`Invalid integer: ${typeof value === 'string' ? value : ''}`, {
        code: 'parameter_invalid_integer',
        param: name,
      });
    return Number(value);
  },
};

/** An amount in minor units, of at least 1. */
export const amount: Rule = {
  read(value, name) {
    const units = integer.read(value, name) as number;
    if (units < 1)
      throw invalid('This value must be greater than or equal to 1.', {
        code: 'parameter_invalid_integer',
        param: name,
      });
    return units;
  },
};

export const flag: Rule = {
  read(value, name) {
    if (value !== 'true' && value !== 'false')
      throw invalid(`Invalid boolean: ${typeof value === 'string' ? value : ''}`, { param: name });
    return value === 'true';
  },
};

export function oneOf(...values: string[]): Rule {
  return {
    read(value, name) {
      if (typeof value === 'string' && values.includes(value)) return value;
      throw invalid(`Invalid ${name}: must be one of ${values.join(', ')}`, { param: name });
    },
  };
}

export function listOf(rule: Rule): Rule {
  return {
    read(value, name) {
      if (!Array.isArray(value)) throw invalid('Invalid array', { param: name });
      return value.map((item, place) => rule.read(item, `${name}[${place}]`));
    },
  };
}

export function shape<P>(rules: Parameters<P>): Rule {
  return {
    read(value, name) {
      if (typeof value === 'string' || Array.isArray(value)) throw invalid('Invalid object', { param: name });
      return readParameters(rules, value, name);
    },
  };
}

/** What only describes somebody or something: nothing that the double does depends on it. */
export const anything: Rule = { read: (value) => value };

/** Up to 50 keys of 40 characters, values of 500; '' takes a key away, or all of them. */
export const metadata: Rule = {
  read(value, name) {
    if (value === '') return null;
    if (typeof value === 'string' || Array.isArray(value)) throw invalid('Invalid object', { param: name });
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== 'string') throw invalid('Metadata values must be strings', { param: `${name}[${key}]` });
      if (key.length > 40 || inner.length > 500)
        throw invalid('Metadata keys have up to 40 characters, values up to 500.', { param: name });
    }
    if (Object.keys(value).length > 50) throw invalid('Metadata has up to 50 keys.', { param: name });
    return value;
  },
};

/** Metadata after a change: '' takes away. */
export function mergeMetadata(
  old: Record<string, string>,
  change: Record<string, string | number | null> | '' | null | undefined,
): Record<string, string> {
  if (change === undefined) return old;
  if (change === null || change === '') return {};
  const entries = Object.entries({ ...old, ...change }).map(([key, value]) => [key, String(value ?? '')] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

export const expand = { expand: listOf(text) };

const moment: Rule = {
  read: (value, name) =>
    typeof value === 'string'
      ? integer.read(value, name)
      : shape({ gt: integer, gte: integer, lt: integer, lte: integer }).read(value, name),
};

/** https://docs.stripe.com/api/pagination */
export const page = {
  limit: {
    read(value: Form, name: string) {
      const limit = integer.read(value, name) as number;
      if (limit < 1 || limit > 100)
        throw new Failure(400, {
          type: 'invalid_request_error',
          code: 'parameter_invalid_integer',
          message: 'Limit must be between 1 and 100',
          param: name,
        });
      return limit;
    },
  } satisfies Rule,
  starting_after: text,
  ending_before: text,
  created: moment,
  ...expand,
};
