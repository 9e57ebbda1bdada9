export { NO_ARBITRATION } from './disclaimer';
export { TrustModule } from './trust.module';
export {
  APPEAL_DECIDED,
  APPEAL_FILED,
  RATING_GIVEN,
  RATINGS_SHOWN,
  REPORT_ANSWERED,
  REPORT_DECIDED,
  REPORT_FILED,
  REPORT_WITHDRAWN,
} from './trust.events';
