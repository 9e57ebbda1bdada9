export type {
  FlowCallbacks,
  FlowChallenge,
  FlowInputs,
  FlowLimits,
  FlowLine,
  FlowOutcome,
  FlowStop,
  StepReport,
} from './flow';
export { maskedMarkup, maskedPicture, secretsOf } from './pictures';
export {
  CHALLENGES,
  FLOWS,
  ORDER_STATUSES,
  OUTCOMES,
  SECTIONS,
  type ChallengeKind,
  type FlowName,
  type OutcomeType,
  type Reads,
  type Recipe,
  type SectionName,
} from './recipe';
export { faultsOf, hostsOf, knowsHow, type RecipeFault } from './recipe-rules';
export { RecipeRunner, type RunOptions } from './recipe-runner';
export { RECIPE_ACTIVATED, Recipes, type ServingRecipe } from './recipes';
export { shippedRecipe, type ShippedShop } from './shipped';
