import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createSecretKey } from 'node:crypto';
import { Config } from '../platform/config';
import { LimitGuard } from '../platform/http';
import { AccessGuard } from './access/access.guard';
import { ACCESS_SECONDS, AccessTokens, ISSUER } from './access/access-tokens';
import { GuestTokens } from './access/guest-tokens';
import { GuestStrategy } from './access/guest.strategy';
import { OneTimeTokens } from './access/one-time-tokens';
import { PasswordRules } from './access/password-rules';
import { Passwords } from './access/passwords';
import { RefreshTokens } from './access/refresh-tokens';
import { LinkTokens } from './access/link-tokens';
import { SignInThrottle } from './access/sign-in-throttle';
import { UserStrategy } from './access/user.strategy';
import { Accounts } from './accounts/accounts.service';
import { AuthController } from './accounts/auth.controller';
import { ClaimRegistry } from './accounts/claim-registry';
import { ApiKeyStrategy } from './api-keys/api-key.strategy';
import { ApiKeyTokens } from './api-keys/api-key-tokens';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { ApiKeys } from './api-keys/api-keys.service';
import { Credentials } from './accounts/credentials.service';
import { CredentialsController } from './accounts/credentials.controller';
import { ErasureRegistry } from './accounts/erasure-registry';
import { Erasures } from './accounts/erasures.service';
import { ExportRegistry } from './accounts/export-registry';
import { Exports } from './accounts/exports.service';
import { GuestsController } from './accounts/guests.controller';
import { MeController } from './accounts/me.controller';
import { OwnData } from './accounts/own-data';
import { Recipients } from './accounts/recipients';
import { SignIns } from './accounts/sign-ins.service';
import { AddressBook } from './addresses/address-book';
import { AddressesController } from './addresses/addresses.controller';
import { AddressRow } from './entities/address.entity';
import { Guest } from './entities/guest.entity';
import { RefreshToken } from './entities/refresh-token.entity';
import { Shopper } from './entities/shopper.entity';
import { User } from './entities/user.entity';
import { MyKeysController } from './keys/my-keys.controller';
import { PublicKeys } from './keys/public-keys';
import { UserKeys } from './keys/user-keys';

/** Who shops: guests, users, their tokens, and the one guard in front of every route. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([Shopper, User, Guest, RefreshToken, AddressRow]),
    JwtModule.registerAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        // A key object, as in UserStrategy: text would be tried as a private key first.
        secret: createSecretKey(Buffer.from(config.JWT_SECRET!, 'utf8')),
        signOptions: { algorithm: 'HS256', expiresIn: ACCESS_SECONDS, issuer: ISSUER },
      }),
    }),
  ],
  controllers: [
    GuestsController,
    AuthController,
    CredentialsController,
    MeController,
    AddressesController,
    ApiKeysController,
    MyKeysController,
  ],
  providers: [
    // In this order: what is counted is counted by caller.
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: LimitGuard },
    AccessTokens,
    Accounts,
    AddressBook,
    ApiKeys,
    ApiKeyStrategy,
    ApiKeyTokens,
    ClaimRegistry,
    Credentials,
    ErasureRegistry,
    Erasures,
    ExportRegistry,
    Exports,
    GuestStrategy,
    GuestTokens,
    OneTimeTokens,
    OwnData,
    PasswordRules,
    Passwords,
    PublicKeys,
    Recipients,
    RefreshTokens,
    LinkTokens,
    SignInThrottle,
    SignIns,
    UserKeys,
    UserStrategy,
  ],
  exports: [
    ...[Accounts, AddressBook, ApiKeys, ClaimRegistry, ErasureRegistry, ExportRegistry, OneTimeTokens, LinkTokens],
    ...[PublicKeys, Recipients],
  ],
})
export class IdentityModule {}
