import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { DomainError, type FieldError } from './domain-error';

/** 400: the body, a query parameter or a path parameter is not of the documented form. */
export class InvalidRequest extends DomainError {
  constructor(errors: FieldError[]) {
    super('invalid_request', 400, 'The request is not of the documented form.', {}, errors);
  }
}

/** Whoever sends more wrong fields than that mends these first. */
const MAX_ERRORS = 100;

/** Refuses unknown fields and names every wrong one by its JSON pointer. */
export function validationPipe(): ValidationPipe {
  rememberRules();
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) =>
      new InvalidRequest(errors.flatMap((error) => fieldErrors(error, '')).slice(0, MAX_ERRORS)),
  });
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.values(error.constraints ?? {}).map((detail) => ({ pointer, detail }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

type RulesOf = (
  target: object,
  schema?: string,
  always?: boolean,
  strictGroups?: boolean,
  groups?: string[],
) => object[];

let isRemembering = false;

/**
 * class-validator looks at each validation through all classes for those that the validated one inherits from, a fifth of
 * what validating costs; what its decorators have declared does not change any more.
 */
function rememberRules(): void {
  if (isRemembering) return;
  isRemembering = true;
  const storage = getMetadataStorage() as unknown as { getTargetValidationMetadatas: RulesOf };
  const find = storage.getTargetValidationMetadatas.bind(storage);
  const known = new WeakMap<object, Map<string, object[]>>();
  storage.getTargetValidationMetadatas = (target, ...how) => {
    const key = JSON.stringify(how);
    let ofTarget = known.get(target);
    if (!ofTarget) known.set(target, (ofTarget = new Map<string, object[]>()));
    let rules = ofTarget.get(key);
    if (!rules) ofTarget.set(key, (rules = find(target, ...how)));
    return rules;
  };
}
