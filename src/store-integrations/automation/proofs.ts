import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Jobs } from '../../platform/jobs';
import { Challenges, type ChallengeOf } from '../challenges';
import { Permits } from './permits';
import type { FlowChallenge } from '../recipes';
import { RunRecords } from './run-records';
import { Runs } from './runs';
import { PROVE, SIGN_INS_DUE, SignInsRepository } from './sign-ins.repository';
import { SignIns } from './sign-ins';
import { Trails } from './trails';

const SWEEP_OLD_EVERY_MS = 600_000;

/** Tries sign-ins that were given, by a run that signs in and does nothing else; and forgets what is too old. */
@Injectable()
export class Proofs implements OnModuleInit {
  private readonly logger = new Logger('Proofs');

  constructor(
    private readonly jobs: Jobs,
    private readonly permits: Permits,
    private readonly signIns: SignIns,
    private readonly accounts: SignInsRepository,
    private readonly runs: Runs,
    private readonly records: RunRecords,
    private readonly trails: Trails,
    private readonly challenges: Challenges,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(PROVE, ({ id }) => this.jobs.beside(() => this.prove(id)), SIGN_INS_DUE);
    this.jobs.every(SWEEP_OLD_EVERY_MS, 'old runs and trails', async () => {
      await this.trails.sweep();
      await this.records.sweep();
    });
  }

  /** One try, if it is still to be proved. */
  async prove(accountId: string): Promise<void> {
    const whose = await this.accounts.toProve(accountId);
    if (!whose) return;
    const { storeId, userId, version } = whose;
    const permit = () => this.permits.forShopper(storeId, userId, 'signIn', true);
    const of: ChallengeOf = { userId, storeId, about: 'credentials', subjectId: accountId, sessionId: null };
    // What was given anew, or taken back, while the shopper thinks is proved by another run, or by none.
    const isWanted = async () => (await this.accounts.toProve(accountId))?.version === version;
    const onChallenge = (challenge: FlowChallenge) => this.challenges.ask(of, challenge, { isWanted });
    const outcome = await this.runs.make({ ...PROOF, hooks: { onChallenge }, permit });
    if (outcome.type !== 'not_run') return;
    this.logger.warn({ message: 'sign-in not tried', accountId, storeId, code: outcome.code });
    await this.signIns.notTried(accountId, version, outcome.code);
  }
}

const PROOF = { cause: 'proof', flow: 'signIn', inputs: {}, options: {} } as const;
