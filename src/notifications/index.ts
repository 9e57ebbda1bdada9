export { serveMailPages } from './mail-pages';
export { NotificationsModule } from './notifications.module';
