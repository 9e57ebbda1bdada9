export { Database } from './database';
export { DatabaseModule } from './database.module';
export { dataSourceOptions } from './data-source-options';
export { brokenConstraint, isRetryable, postgresError, translate, whenBroken } from './constraints';
export { Kept } from './kept';
export { NOT_FLUSHED, statement, type Statement } from './statement';
export { SWEPT_AT_ONCE, sweeping } from './sweeping';
export { Conclusion, Tx, type Reader } from './tx';
