export { HttpDurations } from './http-durations';
export { mayRead } from './may-read';
export { Metrics } from './metrics';
export { MetricsModule } from './metrics.module';
