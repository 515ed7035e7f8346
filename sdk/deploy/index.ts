/** `@alidade/sdk/deploy`: the same definitions as deployments on Kubernetes, with Compose and with Helm. */
export { composeFiles } from './compose/compose.ts';
export { type Definitions, definitionsOf } from './definitions.ts';
export { DeployError, type DeployErrorCode } from './errors.ts';
export { type DeployFile, formatDeployFile } from './files.ts';
export { helmFiles } from './helm/helm.ts';
export { CHECKED_ON, IMAGES, type Image, type ImageName, imageOf, imagesTable } from './images.ts';
export { kubernetesFiles } from './kubernetes/kubernetes.ts';
export { type DeployOptions, type DeploySettings, deploySettings } from './options.ts';
