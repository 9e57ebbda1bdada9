export { InTurn } from './in-turn';
export { Intake, type Taken } from './intake';
export { JOB_OF, Jobs } from './jobs';
export { JobsModule } from './jobs.module';
export {
  LEASE_SECONDS,
  RENEW_EVERY_MS,
  SWEEP_EVERY_MS,
  backoffMs,
  holdingLease,
  reasonOf,
  writingSurely,
} from './lease';
