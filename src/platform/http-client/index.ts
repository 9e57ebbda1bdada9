export { HttpClientModule } from './http-client.module';
export { OutgoingRefused, type RefusalReason } from './outgoing-refused';
export { SafeClient, type IncomingAnswer, type OutgoingRequest } from './safe-client';
