export { Config, InvalidConfiguration, readConfig, type MailboxProvider } from './config';
export { ConfigModule } from './config.module';
export { VERSION } from './version';
