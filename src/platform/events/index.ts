export { Deliveries } from './deliveries';
export { Events, recordingOnly, type DomainEvent, type EventHandler, type NewEvent } from './events';
export { EventsModule } from './events.module';
export { STREAM_CHANNEL, Streams, type Numbered, type Snapshot } from './streams';
