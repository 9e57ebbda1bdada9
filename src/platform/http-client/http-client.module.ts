import { Global, Module } from '@nestjs/common';
import { SafeClient } from './safe-client';

@Global()
@Module({ providers: [SafeClient], exports: [SafeClient] })
export class HttpClientModule {}
