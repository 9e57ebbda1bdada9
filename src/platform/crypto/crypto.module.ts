import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config';
import { DataKeyRow } from './entities/data-key.entity';
import { KeyRotation } from './key-rotation';
import { ConfiguredMasterKeys, MASTER_KEY_SOURCE, MasterKeys, type MasterKeySource } from './master-keys';
import { Vault } from './vault';

/** Envelope encryption; another MasterKeySource under the same token puts a key management service in its place. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([DataKeyRow])],
  providers: [
    {
      provide: MASTER_KEY_SOURCE,
      inject: [Config],
      useFactory: (config: Config) =>
        new ConfiguredMasterKeys([config.MUSE_MASTER_KEY!, ...config.MUSE_MASTER_KEYS_OLDER]),
    },
    {
      provide: MasterKeys,
      inject: [MASTER_KEY_SOURCE],
      useFactory: async (source: MasterKeySource) => new MasterKeys(await source.load()),
    },
    Vault,
    KeyRotation,
  ],
  exports: [Vault, MasterKeys],
})
export class CryptoModule {}
