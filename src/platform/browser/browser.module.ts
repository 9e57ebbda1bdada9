import { Global, Module } from '@nestjs/common';
import { Browsers } from './browsers';

/** Real pages for whoever has to look at one; what stands on them is for the modules above. */
@Global()
@Module({ providers: [Browsers], exports: [Browsers] })
export class BrowserModule {}
