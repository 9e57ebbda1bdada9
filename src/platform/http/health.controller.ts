import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Database, statement } from '../database';
import { DomainError } from './domain-error';
import { Public } from './public.decorator';

const PING = statement('health.ping', 'SELECT 1 AS one');

class NotReady extends DomainError {
  constructor() {
    super('not_ready', 503, 'The database cannot be reached.', {}, [], { 'retry-after': '1' });
  }
}

@ApiTags('Health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  /** The process runs. */
  @ApiOperation({ summary: 'The process runs' })
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can serve: its database answers. */
  @ApiOperation({ summary: 'The process can serve requests' })
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    try {
      await this.database.rows(PING);
    } catch {
      throw new NotReady();
    }
    return { status: 'ok' };
  }
}
