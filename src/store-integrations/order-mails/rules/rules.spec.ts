import Ajv2020 from 'ajv/dist/2020';
import kinds from './kinds.json';
import negatives from './negatives.json';
import { KIND_RULES, NEGATIVE_RULES } from './rules';
import schema from './rules.schema.json';
import senders from './senders.json';
import words from './words.json';

// They are part of the program, so they are looked at here and not at each start. Patterns are compiled on import.
it('Rules fit their schema', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
  ajv.validate(schema, { kinds, negatives, senders, words });
  expect(ajv.errorsText(ajv.errors, { dataVar: 'rules' })).toBe('No errors');
});

it('No two rules have one name', () => {
  const ids = [...KIND_RULES, ...NEGATIVE_RULES].map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});
