export { inSpan, isTracing, openSpan, traceparent, type OpenSpan } from './spans';
export { startTracing } from './start-tracing';
