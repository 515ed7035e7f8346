// Advice as plain text for a terminal.
import type { MonthlyBill } from '@alidade/sdk/advise';
import type { AdviceReport } from '@alidade/sdk/schema';
import type { ProvedAdvice } from '../advise.ts';

const MAX_METRICS = 10;
const MAX_LABELS = 10;

/** The report with the proofs of its advice. */
export function adviceText(report: AdviceReport, proved: readonly ProvedAdvice[]): string {
  const { storage, forecast } = report;
  const known = (report.atMs - report.queriesSinceMs) / 86_400_000;
  const lines = [
    `${report.liveSeries} live series of ${report.series}, ${report.metricCount} metrics, ${Math.round(report.samplesPerDay)} samples a day; in ${report.days} days ${report.startedSeries} series came and ${report.endedSeries} went`,
    `stored for ${round(storage.retentionDays)} days at ${storage.bytesPerSample.toFixed(2)} bytes a sample (${storage.isMeasured ? 'measured' : 'assumed'}): metrics ${bytes(storage.metrics.bytes)}, logs ${bytes(storage.logs.bytes)}, ${money(report.monthlyCost)} a month of ${money(report.budget)}`,
    `by the exercise's formula: ${storage.formula.storage_gb.toFixed(3)} GB, ${money(storage.formula.estimated_monthly_cost)} a month, query performance ${storage.formula.query_performance}`,
    ...(forecast.seriesPerDay === undefined
      ? ['growth: not known yet, it takes a day of samples']
      : [`growth: ${round(forecast.seriesPerDay)} series a day; ${forecast.in30Days} in 30 days, ${forecast.in90Days} in 90`]),
    `queries looked at: ${report.queries.asked} asked, ${report.queries.rules} of rules, ${report.queries.dashboards} of dashboards, ${report.queries.unreadable} that cannot be parsed; asked ones are known for ${round(known)} days`,
    `read by nobody: ${report.unreadMetrics.metrics} metrics with ${report.unreadMetrics.series} series`,
    '',
    ...table(
      ['METRIC', 'SERIES', 'BYTES', 'A MONTH', 'READERS', 'LOOKS BACK'],
      report.metrics
        .slice(0, MAX_METRICS)
        .map(({ name, series, bytes: size, monthlyCost, readers, daysQueriedBack }) => [
          name,
          String(series),
          bytes(size),
          money(monthlyCost),
          String(readers),
          readers === 0 ? '' : `${round(daysQueriedBack)} d`,
        ]),
    ),
    '',
    ...table(
      ['LABEL', 'VALUES', 'SERIES', 'LOOKS LIKE', 'READ IN'],
      report.labels
        .slice(0, MAX_LABELS)
        .map(({ name, values, series, pattern, isExplosive, metrics, metricsRead }) => [
          `${name}${isExplosive ? ' !' : ''}`,
          String(values),
          String(series),
          pattern ?? '',
          `${metricsRead} of ${metrics} metrics`,
        ]),
    ),
    '',
    ...proved.flatMap(provedText),
    ...(report.adviceLeftOut > 0 ? [`and ${report.adviceLeftOut} more that save less`] : []),
    ...(proved.length === 0 ? ['There is nothing to advise.'] : []),
    ...(report.applied ? [`in force: ${report.applied.relabel.length} rules of ${report.applied.file}`] : []),
  ];
  return lines.join('\n');
}

function provedText({ advice, proof }: ProvedAdvice): string[] {
  const { saves } = advice;
  return [
    `${advice.title}  [${advice.id}]`,
    `  ${advice.reason}`,
    `  saves ${saves.series} series, ${bytes(saves.bytes)}, ${money(saves.monthlyCost)} a month; risk ${advice.risk}${advice.risks.map((risk) => `; ${risk}`).join('')}`,
    `  proof: ${proof.summary}`,
    ...proof.changes.slice(0, 5).map(({ expr, source, difference }) => `    changes: ${expr}  (${source}): ${difference}`),
    ...proof.notReplayed.slice(0, 5).map(({ expr, reason }) => `    not compared: ${expr}: ${reason}`),
    '',
  ];
}

/** A bill with its total against the budget. */
export function billText(bill: MonthlyBill): string {
  const rows = bill.items.map(({ name, quantity, cost }) => [name, quantity, money(cost)]);
  const verdict = bill.isWithinBudget ? 'within' : 'over';
  return [
    ...table(['ITEM', 'QUANTITY', 'A MONTH'], rows),
    '',
    `${bill.series} series, ${bill.metricsGb.toFixed(1)} GB of metrics on each replica, ${bill.logsGb.toFixed(1)} GB of logs`,
    `${money(bill.total)} a month, ${verdict} the budget of ${money(bill.budget)}`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
}

function bytes(count: number): string {
  const size = Math.abs(count);
  for (const [unit, factor] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (size >= factor) return `${(count / factor).toFixed(1)} ${unit}`;
  return `${Math.round(count)} B`;
}

function money(dollars: number): string {
  if (dollars !== 0 && Math.abs(dollars) < 0.0001) return 'under $0.0001';
  const digits = Math.abs(dollars) >= 1 || dollars === 0 ? 2 : 4;
  return `${dollars < 0 ? '-' : ''}$${Math.abs(dollars).toFixed(digits)}`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
