// The result as a Markdown table.
const PEERS = ['prometheus', 'victoriametrics'];
const NAMES = { prometheus: 'Prometheus', victoriametrics: 'VictoriaMetrics' };

function number(value) {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}

const millions = (value) => (value === undefined ? '–' : `${(value / 1e6).toFixed(2)} M`);

function cell({ unit, values, cpu = {}, errors = {} }, id) {
  if (errors[id]) return 'failed';
  if (values[id] === undefined) return '–';
  const format = unit === 'samples/s' ? millions : number;
  return format(values[id]) + (cpu[id] === undefined ? '' : ` (${format(cpu[id])})`);
}

/**
 * How many times Alidade is ahead of the peer: of two costs theirs over ours, of two rates ours over theirs. `key` is `values`, or
 * `cpu` for what is told of the processor.
 */
export function ratioOf(row, peer, key = 'values') {
  const [ours, theirs] = [row[key]?.alidade, row[key]?.[peer]];
  if (!ours || !theirs) return undefined;
  return row.unit === 'samples/s' ? ours / theirs : theirs / ours;
}

/** Rounding and the order of sums may show; more is another answer. */
const MOST_DIFFERENCE = 1e-9;

/** Whether what Alidade answered is what Prometheus did. True where there is nothing to compare with. A fast wrong answer counts for nothing. */
export function isAnswerRight({ differences = {} }) {
  const found = differences.alidade;
  return !found || (found.missing + found.extra === 0 && found.greatest <= MOST_DIFFERENCE);
}

const ratioText = (ratio) => (ratio === undefined ? '–' : `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio >= 1 ? 1 : 2)}×`);

/** Each condition of a goal: its text, and whether it is reached (undefined: nothing to compare with). */
export function conditionsOf(row) {
  const { goal = {}, unit, values, cpu = {} } = row;
  const ours = values.alidade;
  const conditions = PEERS.filter((peer) => goal[peer] !== undefined).map((peer) => {
    const ratio = ratioOf(row, peer);
    return { text: `≥ ${goal[peer]}× ${NAMES[peer]}`, isReached: ratio === undefined ? undefined : ratio >= goal[peer] };
  });
  if (goal.most !== undefined) conditions.push({ text: `≤ ${goal.most.toLocaleString('en-US')} ${unit}`, isReached: ours <= goal.most });
  if (goal.least !== undefined) conditions.push({ text: `≥ ${goal.least / 1e6} M/s`, isReached: ours >= goal.least });
  if (goal.leastPerCpu !== undefined)
    conditions.push({
      text: `≥ ${goal.leastPerCpu / 1e6} M per processor second`,
      isReached: cpu.alidade === undefined ? undefined : cpu.alidade >= goal.leastPerCpu,
    });
  return conditions;
}

function ratioCell(row, peer) {
  if (!isAnswerRight(row)) return '–';
  const cpuRatio = ratioOf(row, peer, 'cpu');
  return ratioText(ratioOf(row, peer)) + (cpuRatio === undefined ? '' : ` (${ratioText(cpuRatio)})`);
}

function reached(row, conditions) {
  if (!isAnswerRight(row)) return '**wrong answer**';
  if (conditions.length === 0) return '';
  if (conditions.every(({ isReached }) => isReached === undefined)) return '–';
  const missed = conditions.filter(({ isReached }) => isReached === false);
  if (missed.length === 0) return 'yes';
  return missed.length === conditions.length ? 'no' : `not ${missed.map(({ text }) => text).join(', ')}`;
}

function differenceText({ differences = {} }) {
  const found = differences.alidade;
  if (!found) return '';
  const lost = found.missing + found.extra > 0 ? `, ${found.missing} points missing, ${found.extra} too many` : '';
  return (found.greatest === 0 ? '0' : found.greatest.toExponential(1)) + lost;
}

/** The table, with what it means and what it was measured on around it. */
export function markdown({ when, machine, corpus, programs, rows, leftOut, runs }) {
  const there = PEERS.filter((id) => programs.some((program) => program.id === id));
  const program = (id) => programs.find((candidate) => candidate.id === id);
  const name = (id) => `${program(id).name} ${program(id).release}`.trim();
  const header = ['what', name('alidade'), ...there.map(name), ...there.map((id) => `${NAMES[id]} / Alidade`), 'goal', 'reached'];
  if (there.includes('prometheus')) header.push('greatest difference');
  const lines = rows.map((row) => {
    const conditions = conditionsOf(row);
    const cells = [
      `${row.title}${row.unit === 'samples/s' ? '' : `, ${row.unit}`}`,
      cell(row, 'alidade'),
      ...there.map((id) => cell(row, id)),
    ];
    cells.push(...there.map((id) => ratioCell(row, id)), conditions.map(({ text }) => text).join(', '), reached(row, conditions));
    if (there.includes('prometheus')) cells.push(differenceText(row));
    return `| ${cells.join(' | ')} |`;
  });
  const failures = rows.flatMap(({ title, errors = {} }) =>
    Object.entries(errors).map(([id, text]) => `- ${title}: ${NAMES[id] ?? 'Alidade'} failed: ${text}`),
  );
  const loadedBy = rows.flatMap(({ loadedBy = [] }) => loadedBy.map(({ id, release }) => `${program(id).name} ${release}`.trim()));
  const days = (corpus.end - corpus.start) / 86_400_000;
  return [
    `${when.slice(0, 10)}, ${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, Node ${machine.node}. Data set ${corpus.size}` +
      ` (${corpus.origin === 'bench' ? 'bench corpus' : 'generated by scripts/bench/generate.mjs'}): ${corpus.series.toLocaleString('en-US')} series, ` +
      `${days >= 1 ? `${days} days` : `${days * 24} hours`}${corpus.samples ? `, ${(corpus.samples / 1e6).toFixed(1)} M samples` : ''}. ` +
      `Medians of ${runs} ${runs === 1 ? 'run' : 'runs'}, all servers in turns; in brackets the same of the server's processor time.`,
    '',
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...lines,
    '',
    'Ratios tell how many times Alidade is ahead: of times, bytes and memory theirs over ours, of samples per second ours over theirs. No result cache is used',
    '(`nocache=1`) but for "refreshed" (each time asked one step later) and "the same again"; Prometheus keeps no results, so its first time counts there.',
    'Bytes a sample: everything in the data folder (blocks on the disk, write-ahead log and index included) after a restart, once its size stays the same.',
    'Memory: resident and anonymous, of the server process. The difference is the greatest relative one of any point from Prometheus;',
    'a row whose answers differ has no ratios and reaches nothing.',
    ...(loadedBy.length > 0 ? ['', `Loaded in an earlier run, with the figures of then: ${loadedBy.join(', ')}.`] : []),
    ...(failures.length > 0 ? ['', ...failures] : []),
    ...(leftOut.length > 0 ? ['', ...leftOut] : []),
  ].join('\n');
}
