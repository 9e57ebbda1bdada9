import { CHALLENGES, OUTCOMES, READ_NAMES, SECTIONS } from './recipe';

const TEXT = { type: 'string', minLength: 1, maxLength: 300 } as const;
const NAME = { type: 'string', pattern: '^[a-z][A-Za-z0-9 _-]{0,59}$' } as const;
const ADDRESS = { type: 'string', minLength: 1, maxLength: 500 } as const;
const HOST = { type: 'string', pattern: '^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$' } as const;
const TARGET = { $ref: '#/$defs/target' } as const;
const STATE = { $ref: '#/$defs/state' } as const;
const STEPS = (most: number) => ({ type: 'array', minItems: 1, maxItems: most, items: { $ref: '#/$defs/step' } });
const OTHERWISE = { enum: OUTCOMES.filter((outcome) => outcome !== 'challenge') };

/** An object with these and no other members; those in `required` cannot be left out. */
function object(properties: Record<string, unknown>, ...required: string[]) {
  return { type: 'object', properties, required, additionalProperties: false };
}

const HOW = {
  contains: { type: 'boolean' },
  within: { $ref: '#/$defs/candidate' },
  nth: { type: 'integer', minimum: 0, maximum: 200 },
};
const CANDIDATES = [
  ...['autocomplete', 'testId', 'field', 'label', 'text', 'css'].map((by) =>
    object({ by: { const: by }, is: TEXT, ...HOW }, 'by', 'is'),
  ),
  object({ by: { const: 'role' }, role: NAME, name: TEXT, ...HOW }, 'by', 'role'),
];

const READING = { $ref: '#/$defs/reading' } as const;
const COMMON = {
  step: NAME,
  when: STATE,
  waitFor: { type: 'array', minItems: 1, maxItems: 8, items: STATE },
  check: { type: 'array', minItems: 1, maxItems: 12, items: { $ref: '#/$defs/check' } },
  otherwise: OTHERWISE,
  timeoutMs: { type: 'integer', minimum: 100, maximum: 30_000 },
};
const step = (what: string, properties: Record<string, unknown>, ...required: string[]) =>
  object({ do: { const: what }, ...properties, ...COMMON }, 'step', 'do', ...required);
const STEP_KINDS = [
  step('goto', { url: ADDRESS }, 'url'),
  step('click', { target: TARGET, repeatable: { type: 'boolean' }, last: { type: 'boolean' } }, 'target'),
  step('fill', { target: TARGET, value: TEXT, typed: { type: 'boolean' } }, 'target', 'value'),
  step('clear', { target: TARGET }, 'target'),
  step(
    'select',
    { target: TARGET, options: { type: 'array', minItems: 1, maxItems: 8, items: TEXT } },
    'target',
    'options',
  ),
  step('check', { target: TARGET, on: { type: 'boolean' } }, 'target', 'on'),
  step('press', { target: TARGET, key: { enum: ['Enter', 'Tab', 'Escape', 'ArrowDown'] } }, 'target', 'key'),
  step('read', { read: { $ref: '#/$defs/reads' } }, 'read'),
  step('wait', {}),
  step(
    'repeat',
    { while: STATE, atMost: { type: 'integer', minimum: 1, maximum: 100 }, steps: STEPS(10) },
    ...['while', 'atMost', 'steps'],
  ),
];

const LIST = (fields: readonly string[]) =>
  object(
    {
      each: TARGET,
      read: { ...object(Object.fromEntries(fields.map((field) => [field, READING]))), minProperties: 1 },
    },
    ...['each', 'read'],
  );
const READS = Object.fromEntries(
  Object.entries(READ_NAMES).map(([name, fields]) => [name, fields === null ? READING : LIST(fields)]),
);

const SIGN = { name: NAME, seen: STATE, sections: { type: 'array', minItems: 1, items: { enum: SECTIONS } } };
const FIELD = object(
  { name: NAME, label: TEXT, type: { enum: ['text', 'code', 'confirm'] }, target: TARGET },
  ...['name', 'label', 'type', 'target'],
);
const SIGNS = [
  ...OTHERWISE.enum.map((means) => object({ ...SIGN, means: { const: means } }, 'name', 'seen', 'means')),
  object(
    {
      ...{ ...SIGN, means: { const: 'challenge' }, kind: { enum: CHALLENGES }, prompt: TARGET, submit: TARGET },
      fields: { type: 'array', maxItems: 6, items: FIELD },
    },
    ...['name', 'seen', 'means', 'kind', 'fields'],
  ),
];

/** By the member that tells them apart, so that a fault is told of the kind that was meant. */
const oneOf = (of: unknown[], propertyName: string) => ({
  type: 'object',
  required: [propertyName],
  discriminator: { propertyName },
  oneOf: of,
});

/** What a recipe looks like (recipe.ts), JSON schema draft 2020-12. Bounded everywhere: a run reads it many times. */
export const RECIPE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Recipe of a store',
  ...object(
    {
      format: { const: 1 },
      origin: { type: 'string', pattern: '^https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$' },
      hosts: { type: 'array', maxItems: 40, uniqueItems: true, items: HOST },
      currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      decimal: { enum: ['.', ','] },
      interruptions: {
        type: 'array',
        maxItems: 20,
        items: object({ name: NAME, seen: TARGET, shut: TARGET }, 'name', 'seen', 'shut'),
      },
      signs: { type: 'array', maxItems: 40, items: { $ref: '#/$defs/sign' } },
      sections: {
        ...object(Object.fromEntries(SECTIONS.map((section) => [section, STEPS(40)]))),
        minProperties: 1,
      },
    },
    ...['format', 'origin', 'currency', 'sections'],
  ),
  $defs: {
    candidate: oneOf(CANDIDATES, 'by'),
    target: { type: 'array', minItems: 1, maxItems: 10, items: { $ref: '#/$defs/candidate' } },
    // One member each; told apart by it.
    state: {
      ...object({
        ...{ present: TARGET, absent: TARGET, path: ADDRESS, given: TEXT },
        any: { type: 'array', minItems: 1, maxItems: 8, items: STATE },
      }),
      ...{ minProperties: 1, maxProperties: 1 },
    },
    reading: object(
      {
        ...{ from: TARGET, as: { enum: ['text', 'money', 'integer', 'date', 'time', 'url'] }, attribute: NAME },
        pattern: { type: 'string', minLength: 1, maxLength: 200, format: 'regex' },
        words: { type: 'object', maxProperties: 60, additionalProperties: TEXT },
        optional: { type: 'boolean' },
      },
      ...['from', 'as'],
    ),
    reads: { ...object(READS), minProperties: 1 },
    check: {
      ...object({
        ...{ otherwise: OTHERWISE, state: STATE, reading: READING, count: TARGET },
        ...{ is: TEXT, contains: TEXT, atMost: TEXT },
      }),
      oneOf: [
        {
          required: ['state'],
          properties: { reading: false, count: false, is: false, contains: false, atMost: false },
        },
        { required: ['reading', 'is'], properties: { state: false, count: false, contains: false, atMost: false } },
        { required: ['reading', 'contains'], properties: { state: false, count: false, is: false, atMost: false } },
        { required: ['reading', 'atMost'], properties: { state: false, count: false, is: false, contains: false } },
        { required: ['count', 'is'], properties: { state: false, reading: false, contains: false, atMost: false } },
      ],
    },
    step: oneOf(STEP_KINDS, 'do'),
    sign: oneOf(SIGNS, 'means'),
  },
};
