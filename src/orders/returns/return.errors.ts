import { DomainError } from '../../platform/http';
import type { ReturnStatus } from './return-states';

/** 422: more units than were shipped and are not in a return yet. */
export class NotThatManyToReturn extends DomainError {
  constructor(pointer: string, returnable: number) {
    const detail = `at most ${returnable} of this item can be returned`;
    super('not_returnable', 422, 'A return holds only what was shipped and is not being returned already.', {}, [
      { pointer, detail },
    ]);
  }
}

/** 409: as the return stands, this cannot be done with it. */
export class ReturnStateForbids extends DomainError {
  constructor(status: ReturnStatus, why = `This return is ${status}: that cannot be done with it any more.`) {
    super('return_state', 409, why, {
      returnStatus: status,
    });
  }
}
