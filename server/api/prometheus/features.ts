// /api/v1/features (upstream from 3.9 on): what this server can do and what of it is turned on, for clients that would
// otherwise guess it from the version.
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../../config/config.ts';
import { toGoJson } from '../../model/go-json.ts';
import { SIGNATURES } from '../../promql/parse/signatures.ts';
import { AGGREGATORS } from '../../promql/parse/token.ts';
import { BUILTINS } from '../../template/builtins.ts';
import { RULE_FUNCTIONS } from '../../template/rule-functions.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { READ } from './route.ts';

type Category = Readonly<Record<string, boolean>>;

const OPERATORS = ['!=', '!~', '%', '*', '+', '-', '/', '<', '<=', '==', '=~', '>', '>=', '@', '^', 'and', 'atan2', 'or', 'unless'];
const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

/** Adds the route that lists the features. */
export function addFeatureRoute(app: FastifyInstance, deps: PrometheusApiDeps): void {
  app.get('/api/v1/features', READ, (_request, reply) => sendData(reply, toGoJson(featuresOf(deps.config().server))));
}

/** Categories and names in their order, as Go writes maps. */
function featuresOf(server: ServerConfig): Readonly<Record<string, Category>> {
  const { features } = server.query;
  const { experimentalFunctions } = features;
  return {
    api: {
      admin: server.enableAdminApi,
      exclude_alerts: true,
      label_values_match: true,
      lifecycle: server.enableLifecycle,
      otlp_write_receiver: true,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: true,
      time_range_labels: true,
      time_range_series: true,
    },
    otlp_receiver: { delta_conversion: false, native_delta_ingestion: false },
    prometheus: { agent_mode: false, auto_reload_config: true },
    promql: {
      anchored: features.extendedRangeSelectors,
      at_modifier: true,
      bool: true,
      by: true,
      delayed_name_removal: features.delayedNameRemoval,
      duration_expr: features.durationExpressions,
      fill: features.fillModifiers,
      fill_left: features.fillModifiers,
      fill_right: features.fillModifiers,
      group_left: true,
      group_right: true,
      ignoring: true,
      negative_offset: true,
      offset: true,
      on: true,
      per_query_lookback_delta: true,
      per_step_stats: true,
      smoothed: features.extendedRangeSelectors,
      subqueries: true,
      type_and_unit_labels: features.typeAndUnitLabels,
      without: true,
    },
    promql_functions: named([...SIGNATURES.values()].map(({ name, experimental }) => [name, !experimental || experimentalFunctions])),
    promql_operators: named([
      ...OPERATORS.map((name): [string, boolean] => [name, true]),
      ...AGGREGATORS.map((name): [string, boolean] => [name, !EXPERIMENTAL_AGGREGATIONS.has(name) || experimentalFunctions]),
    ]),
    rules: { concurrent_rule_eval: false, keep_firing_for: true, query_offset: true },
    scrape: { extra_scrape_metrics: false, start_timestamp_zero_ingestion: false, type_and_unit_labels: features.typeAndUnitLabels },
    service_discovery_providers: { file: true, http: true, static: true },
    templating_functions: named([...Object.keys(BUILTINS), ...Object.keys(RULE_FUNCTIONS)].map((name) => [name, true])),
    tsdb: { delayed_compaction: false, exemplar_storage: true, native_histograms: true, use_uncached_io: false },
  };
}

function named(entries: readonly (readonly [string, boolean])[]): Category {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
