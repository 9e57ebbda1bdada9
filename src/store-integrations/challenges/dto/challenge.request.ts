import { ApiProperty } from '@nestjs/swagger';
import { IsObject, Validate, ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';

const MOST = 20;
const LONGEST = 500;

@ValidatorConstraint({ name: 'answers' })
class Answers implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const entries = Object.entries(value);
    return (
      entries.length <= MOST &&
      entries.every(([name, one]) => name.length <= 100 && typeof one === 'string' && one.length <= LONGEST)
    );
  }

  defaultMessage(): string {
    return `must be at most ${MOST} texts of at most ${LONGEST} characters, by the names of the fields`;
  }
}

export class ChallengeAnswerRequest {
  /** By the names of the challenge's fields; of one of type `confirm` "true" or "false" */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: LONGEST },
    example: { code: '482913' },
  })
  @IsObject()
  @Validate(Answers)
  answers: Record<string, string>;
}
