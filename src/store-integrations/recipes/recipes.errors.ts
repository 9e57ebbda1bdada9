import { DomainError } from '../../platform/http';
import type { RecipeFault } from './recipe-rules';

/** 422 with every place of a recipe that is wrong, at most twenty. */
export class InvalidRecipe extends DomainError {
  constructor(faults: RecipeFault[]) {
    const errors = faults.map(({ pointer, detail }) => ({ pointer: `/recipe${pointer}`, detail }));
    super('invalid_recipe', 422, 'The recipe cannot be run as it stands.', {}, errors);
  }
}
