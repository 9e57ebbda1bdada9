export { HttpClientModule } from './http-client.module';
export { OutgoingRefused, type RefusalReason } from './outgoing-refused';
export { SafeClient, type IncomingAnswer, type OutgoingRequest } from './safe-client';
export { IsPublicUrl } from './is-public-url.decorator';
export { isPublicHost, isPublicUrl } from './public-host';
export { isUrl } from './is-url';
