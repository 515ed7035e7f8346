import type { LogQueryResult } from '../../logql/query.ts';

/** What a query cost, in Loki's shape. What Alidade has no counterpart of (chunks, ingesters, caches) is zero. */
export function statsJson({ value, stats }: LogQueryResult): string {
  const { linesProcessed, bytesProcessed, linesMatched, seconds } = stats;
  const returned = value.type === 'streams' ? value.streams.reduce((sum, { entries }) => sum + entries.length, 0) : rowsOf(value);
  const perSecond = (count: number) => (seconds > 0 ? Math.round(count / seconds) : 0);
  const storeStats = (lines: number, bytes: number, matched: number) => ({
    totalChunksRef: 0,
    totalChunksDownloaded: 0,
    chunksDownloadTime: 0,
    queryReferencedStructuredMetadata: false,
    chunk: {
      headChunkBytes: 0,
      headChunkLines: 0,
      decompressedBytes: bytes,
      decompressedLines: lines,
      compressedBytes: 0,
      totalDuplicates: 0,
      postFilterLines: matched,
      headChunkStructuredMetadataBytes: 0,
      decompressedStructuredMetadataBytes: 0,
    },
    chunkRefsFetchTime: 0,
    congestionControlLatency: 0,
    pipelineWrapperFilteredLines: 0,
  });
  const noCache = { entriesFound: 0, entriesRequested: 0, entriesStored: 0, bytesReceived: 0, bytesSent: 0, requests: 0, downloadTime: 0 };
  return JSON.stringify({
    summary: {
      bytesProcessedPerSecond: perSecond(bytesProcessed),
      linesProcessedPerSecond: perSecond(linesProcessed),
      totalBytesProcessed: bytesProcessed,
      totalLinesProcessed: linesProcessed,
      execTime: seconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: returned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: linesMatched,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: { store: storeStats(linesProcessed, bytesProcessed, linesMatched) },
    ingester: { totalReached: 0, totalChunksMatched: 0, totalBatches: 0, totalLinesSent: 0, store: storeStats(0, 0, 0) },
    cache: {
      chunk: noCache,
      index: noCache,
      result: noCache,
      statsResult: noCache,
      volumeResult: noCache,
      seriesResult: noCache,
      labelResult: noCache,
      instantMetricResult: noCache,
    },
    index: { totalChunks: 0, postFilterChunks: 0, shardsDuration: 0 },
  });
}

function rowsOf(value: Exclude<LogQueryResult['value'], { type: 'streams' }>): number {
  return value.type === 'scalar' ? 1 : value.labels.length;
}
