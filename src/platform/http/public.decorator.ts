import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'muse:public';

/** A route that needs no token. Every other route needs one. */
export const Public = () => SetMetadata(PUBLIC, true);
