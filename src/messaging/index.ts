export {
  CONTACT_CHANGED,
  CONVERSATION_BLOCKED,
  CONVERSATION_KEY_CHANGED,
  CONVERSATION_MESSAGE,
  CONVERSATION_OPENED,
  CONVERSATION_REPORTED,
  CONVERSATION_REPORT_DECIDED,
  CONVERSATION_UNBLOCKED,
} from './messaging.events';
export { MessagingModule } from './messaging.module';
export { OrderThreads, type Inquiry } from './order-threads';
export { StoreLinks, type ContactToTell } from './store-links';
