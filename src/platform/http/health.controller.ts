import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { DomainError } from './domain-error';
import { Problems } from './problems.decorator';
import { Unlimited } from './limits';
import { Public } from './public.decorator';
import { Readiness } from './readiness';

class NotReady extends DomainError {
  constructor() {
    super('not_ready', 503, 'The database cannot be reached, or this process is about to stop.', {}, [], {
      'retry-after': '1',
    });
  }
}

/** The answer of a process that is well. */
class HealthResponse {
  @ApiProperty({ enum: ['ok'], description: 'Always ok: anything else is a problem document' })
  status: 'ok';
}

@ApiTags('Health')
@Public()
@Unlimited()
@Problems(400)
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process runs. */
  @ApiOperation({
    summary: 'The process runs',
    description: 'Asks nothing of the database: where this fails, restart the process.',
  })
  @ApiOkResponse({ type: HealthResponse })
  @Get('live')
  checkLiveness(): HealthResponse {
    return { status: 'ok' };
  }

  /** The process can serve: its database answers, and it is not about to stop. */
  @ApiOperation({
    summary: 'The process can serve requests',
    description:
      'Asks the database; 503 while it does not answer or the process is shutting down: send requests elsewhere.',
  })
  @ApiOkResponse({ type: HealthResponse })
  @Get('ready')
  async checkReadiness(): Promise<HealthResponse> {
    if (!(await this.readiness.holds())) throw new NotReady();
    return { status: 'ok' };
  }
}
