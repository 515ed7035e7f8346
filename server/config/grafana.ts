/** A data source of Grafana's provisioning. In Alidade all of them answer from the same store. */
export interface DatasourceConfig {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly isDefault: boolean;
  /** `jsonData.timeInterval`: the smallest step of its queries; 0 = none. */
  readonly timeIntervalMs: number;
}

/** A folder of dashboard files from Grafana's provisioning, or found by convention. */
export interface DashboardFolderConfig {
  /** Title of the folder, '' = General. */
  readonly folder: string;
  readonly folderUid: string;
  /** Host path after container paths were mapped. */
  readonly path: string;
  readonly fromFilesStructure: boolean;
}

/** Dashboards and data sources by configuration. */
export interface GrafanaConfig {
  readonly datasources: readonly DatasourceConfig[];
  readonly dashboardFolders: readonly DashboardFolderConfig[];
  /** Single dashboard files that were found by convention (bare JSON). */
  readonly dashboardFiles: readonly string[];
}
