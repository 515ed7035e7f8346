// Which metrics the shared data has, with their labels, so that generated expressions find something.
export interface Family {
  readonly name: string;
  /** Some of the values of each label. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

const job = ['api', 'web'];
const instance = ['a:80', 'b:80', 'c:80'];

export const COUNTERS: readonly Family[] = [
  { name: 'http_requests_total', labels: { job, instance, code: ['200', '404', '500'], method: ['GET', 'POST'] } },
  { name: 'http_requests_total', labels: { job, instance, code: ['200', '404', '500'], method: ['GET', 'POST'] } },
  { name: 'errors_total', labels: { job, instance } },
  { name: 'cpu_seconds_total', labels: { job, instance, mode: ['user', 'idle'] } },
  { name: 'latency_seconds_count', labels: { job, instance: ['a:80', 'b:80'] } },
  { name: 'steady_total', labels: { job: ['api'] } },
];

export const GAUGES: readonly Family[] = [
  { name: 'temperature_celsius', labels: { room: ['attic', 'cellar', 'hall'], sensor: ['1', '2'] } },
  { name: 'temperature_celsius', labels: { room: ['attic', 'cellar', 'hall'], sensor: ['1', '2'] } },
  { name: 'queue_length', labels: { queue: ['mail', 'print', 'sms', 'push'], job: ['api'] } },
  { name: 'disk_free_bytes', labels: { disk: ['sda', 'sdb'], instance: ['a:80'] } },
  { name: 'up', labels: { job, instance } },
  { name: 'limit', labels: { job, instance } },
  { name: 'many', labels: { group: ['a', 'c', 'i', 'p'], half: ['first', 'second'] } },
];

export const ODDITIES: readonly Family[] = [
  {
    name: 'odd',
    labels: { kind: ['nan', 'nan and numbers', 'inf', 'both infs', 'zero signs', 'huge', 'tiny', 'halves', 'random', 'small'] },
  },
  { name: 'gappy', labels: { job: ['api'], instance: ['a:80', 'b:80'] } },
  { name: 'flapping', labels: { job } },
  { name: 'uneven', labels: { job } },
  { name: 'replaced', labels: { job: ['api'], pod: ['pod-0', 'pod-1', 'pod-2'] } },
  { name: 'borders', labels: { side: ['before', 'at', 'after'] } },
  { name: 'texts', labels: { kind: ['odd', 'even'], value: ['a10', '10', 'ä', 'z"q\\u', 'line\nbreak', '日本', '.*'] } },
  { name: 'loose', labels: { job: ['api'], instance: ['a:80', 'b:80'], extra: ['x', 'y'] } },
];

/** Names and labels that must be quoted. */
export const QUOTED: readonly Family[] = [
  { name: 'http.server.duration', labels: { 'http.route': ['/', '/login', '/a b'], 'service.name': ['shop'] } },
  { name: 'größe_总', labels: { 'label mit raum': ['/', '/login'], job: ['api'] } },
  { name: 'quoted "name"', labels: { 'a"b': ['c'] } },
];

/** Where only wide windows find more than one sample. */
export const MONTHLY: readonly Family[] = [
  { name: 'orders_total', labels: { shop: ['north', 'south'] } },
  { name: 'load_average', labels: { shop: ['north', 'south'] } },
];

export const CLASSIC: readonly Family[] = [
  { name: 'latency_seconds_bucket', labels: { job, instance: ['a:80', 'b:80'], le: ['0.1', '1', '+Inf'] } },
  { name: 'broken_bucket', labels: { fault: ['no +Inf', 'falling', 'twice', 'negative', 'nan counts'], le: ['1', '2', '+Inf'] } },
];

/** Labels to group and match by: common ones, rare ones, one that nobody has. */
export const LABEL_NAMES = ['job', 'job', 'instance', 'instance', 'code', 'mode', 'room', 'sensor', 'kind', 'queue', 'half', 'absent'];
