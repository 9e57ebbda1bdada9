import { ApiProperty } from '@nestjs/swagger';
import { IsObject } from 'class-validator';

/** A new version of a store's recipe. */
export class RecipeRequest {
  /** The recipe, as its JSON schema says (docs/recipe.schema.json); what is not known in it is refused */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      format: 1,
      origin: 'https://shop.example',
      currency: 'USD',
      sections: {
        signIn: [
          {
            step: 'open',
            do: 'goto',
            url: '/account',
            waitFor: [{ present: [{ by: 'autocomplete', is: 'username' }] }],
          },
          {
            ...{ step: 'e-mail', do: 'fill', value: '{credentials.username}' },
            target: [
              { by: 'autocomplete', is: 'username' },
              { by: 'label', is: 'E-mail' },
            ],
          },
        ],
      },
    },
  })
  @IsObject()
  recipe: Record<string, unknown>;
}
