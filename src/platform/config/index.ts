export { Config, InvalidConfiguration, readConfig } from './config';
export { ConfigModule } from './config.module';
export { VERSION } from './version';
