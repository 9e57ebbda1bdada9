import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { Counters, RequestLimits } from './limits';
import { OnceFactory } from './once';
import { OperationsServer } from './operations-server';
import { Readiness } from './readiness';
import { Shutdown } from './shutdown';

@Global()
@Module({
  controllers: [HealthController],
  providers: [Counters, OnceFactory, RequestLimits, Shutdown, Readiness, OperationsServer],
  exports: [Counters, OnceFactory, RequestLimits, Shutdown],
})
export class HttpModule {}
