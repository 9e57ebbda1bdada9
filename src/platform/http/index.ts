export { DomainError, InvalidField, NotFound, type FieldError } from './domain-error';
export { hardenHttp } from './harden';
export { HttpModule } from './http.module';
export { NestLog, makeLogger } from './logging';
export { ProblemFilter, type Problem } from './problem.filter';
export { PUBLIC, Public } from './public.decorator';
export { InvalidRequest, validationPipe } from './validation';
