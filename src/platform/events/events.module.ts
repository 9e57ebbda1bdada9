import { Global, Module } from '@nestjs/common';
import { Events } from './events';
import { Streams } from './streams';

@Global()
@Module({ providers: [Events, Streams], exports: [Events, Streams] })
export class EventsModule {}
