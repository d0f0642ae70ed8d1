/** Port of the metrics when none is given: what exporters of this kind usually take. */
export const DEFAULT_METRICS_PORT = 9464;
