import { whenBroken } from '../platform/database';
import { DomainError } from '../platform/http';
import type { ReportStatus } from './reports/report-states';

/** 409: ratings and reports are for orders of merchant stores, between two people. */
export class NotBetweenTwo extends DomainError {
  constructor(why: string) {
    super('not_between_two', 409, why);
  }
}

/** 409: the caller's side has reported this order, and nobody has decided that yet. */
export class ReportUnderWay extends DomainError {
  constructor() {
    super('report_under_way', 409, 'You have reported this order already, and that is not decided yet.');
  }
}
whenBroken('reports_one_open', () => new ReportUnderWay());

/** 409: the report's state does not allow this, or not to this side. */
export class ReportStateForbids extends DomainError {
  constructor(reportStatus: ReportStatus, why?: string) {
    super('report_state', 409, why ?? `A report that is ${reportStatus} does not allow this.`, { reportStatus });
  }
}

/** 409: the order is not completed, or its time for ratings is over, or the rating has been shown; `reason` says which. */
export class NotRateable extends DomainError {
  constructor(reason: 'not_completed' | 'window_closed' | 'shown') {
    super('not_rateable', 409, WHY[reason], { reason });
  }
}

const WHY = {
  not_completed: 'An order can be rated once both sides have marked it complete.',
  window_closed: 'The time to rate this order is over.',
  shown: 'Both ratings have been shown: they stay as they are.',
};
