import { VERSION, type Config } from '../config';
import { collectBy, type OpenSpan, type SpanKind, type Spans } from './spans';

/**
 * Sends traces to OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP, JSON; how much of them and the headers for the collector
 * are the standard variables OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS). Unset: nothing is even loaded. To be
 * called before the application is made. Answers what sends the last spans and ends it.
 */
export async function startTracing(config: Config): Promise<() => Promise<void>> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '');
  if (endpoint === undefined) return () => Promise.resolve();
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': `muse-${config.MUSE_ROLE}`,
      'service.version': VERSION,
      'deployment.environment.name': config.NODE_ENV,
    }),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
  });
  // The asynchronous context, and W3C Trace Context as its form between processes.
  provider.register();
  const tracer = provider.getTracer('muse', VERSION);
  const kinds: Record<SpanKind, number> = {
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    consumer: api.SpanKind.CONSUMER,
  };

  collectBy({
    open(name, kind, attributes, traceparent): OpenSpan {
      const parent = traceparent ? api.propagation.extract(api.ROOT_CONTEXT, { traceparent }) : api.context.active();
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, parent);
      const within = api.trace.setSpan(parent, span);
      return {
        around: (work) => api.context.with(within, work),
        end: (more, failed) => {
          span.setAttributes(more);
          if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    traceparent() {
      const carrier: { traceparent?: string } = {};
      api.propagation.inject(api.context.active(), carrier);
      return carrier.traceparent ?? null;
    },
  } satisfies Spans);
  return async () => {
    collectBy(undefined);
    // A collector that is away must not hold up the end of the process.
    await provider.shutdown().catch(() => undefined);
    for (const global of [api.context, api.trace, api.propagation]) global.disable();
  };
}
