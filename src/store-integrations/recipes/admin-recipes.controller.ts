import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { RecipeRequest } from './dto/recipe.request';
import { RecipeResponse, RecipeVersionsResponse } from './dto/recipe.response';
import { Recipes } from './recipes';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores/:storeId/recipes')
export class AdminRecipesController {
  constructor(private readonly recipes: Recipes) {}

  @ApiOperation({
    summary: "List the versions of a store's recipe",
    description: 'A recipe says how a browser goes through the store’s own checkout. The newest first.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  listRecipes(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<RecipeVersionsResponse> {
    return this.recipes.list(caller, storeId);
  }

  @ApiOperation({
    summary: "Make a new version of a store's recipe",
    description:
      'A draft, which serves nobody before it is activated. Its origin is on one of the store’s hosts. What is wrong with it is told by place; a version is never changed afterwards.',
  })
  @Problems(400, 401, 403, 404, 409, 422)
  @Post()
  makeRecipe(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() { recipe }: RecipeRequest,
  ): Promise<RecipeResponse> {
    return this.recipes.make(caller, storeId, recipe);
  }

  @ApiOperation({ summary: "Read a version of a store's recipe", description: 'Whole, as it was made.' })
  @Problems(400, 401, 403, 404)
  @Get(':version')
  readRecipe(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('version', ParseIntPipe) version: number,
  ): Promise<RecipeResponse> {
    return this.recipes.read(caller, storeId, version);
  }

  @ApiOperation({
    summary: "Put a version of a store's recipe to use",
    description:
      'From the next run on; the one that served until then is retired. An older version may be activated again.',
  })
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':version/activate')
  @HttpCode(200)
  activateRecipe(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('version', ParseIntPipe) version: number,
  ): Promise<RecipeResponse> {
    return this.recipes.activate(caller, storeId, version);
  }
}
