import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { TakesTokenOf } from '../../identity';
import { ORDER_TOKEN } from './order-access-tokens';

/** A route that whoever holds a link to the order may use too. */
export const OpenToLinks = (): MethodDecorator =>
  applyDecorators(TakesTokenOf(ORDER_TOKEN), ApiBearerAuth('orderToken'));
