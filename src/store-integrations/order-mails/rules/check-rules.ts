import Ajv2020 from 'ajv/dist/2020';
import kinds from './kinds.json';
import negatives from './negatives.json';
import { KIND_RULES, NEGATIVE_RULES } from './rules';
import schema from './rules.schema.json';
import senders from './senders.json';
import words from './words.json';

/** Throws for rules that do not fit their schema: a program with such rules must not start. Patterns are compiled on import. */
export function checkRules(): void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
  if (!ajv.validate(schema, { kinds, negatives, senders, words })) {
    throw new Error(`The rules for order mails are broken: ${ajv.errorsText(ajv.errors, { dataVar: 'rules' })}`);
  }
  const ids = [...KIND_RULES, ...NEGATIVE_RULES].map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice) throw new Error(`The rules for order mails have two rules "${twice}"`);
}
