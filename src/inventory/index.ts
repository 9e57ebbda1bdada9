export { Holds, type Demand, type Taken } from './holds';
export { Inventory } from './entities/inventory.entity';
export { InventoryModule } from './inventory.module';
export { Stock, type OpeningStock } from './stock.service';
export { MAX_ON_HAND } from './dto/set-stock.request';
