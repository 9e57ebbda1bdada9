import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { OnceFactory } from './once';
import { Shutdown } from './shutdown';

@Global()
@Module({ controllers: [HealthController], providers: [OnceFactory, Shutdown], exports: [OnceFactory, Shutdown] })
export class HttpModule {}
