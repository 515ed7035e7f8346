import { DeployError } from './errors.ts';
import { type ImageName, imageOf } from './images.ts';

/** What differs between installations. Everything has a default; nothing in it is secret. */
export interface DeployOptions {
  /** Namespace of the monitoring programs; default `monitoring`. */
  readonly namespace?: string;
  /** Namespace of the prediction API; default `ml`. */
  readonly applicationNamespace?: string;
  /** External labels of every series. */
  readonly cluster?: string;
  readonly region?: string;
  /** Image of Alidade, built from `deploy/docker/alidade.Dockerfile`. */
  readonly alidadeImage?: string;
  /** Image of the prediction API, built from `deploy/docker/prediction-api.Dockerfile`. */
  readonly predictionImage?: string;
  /** Images in place of those of the table. */
  readonly images?: Partial<Readonly<Record<ImageName, string>>>;
  /** Provisioner of the storage classes; default that of AWS EBS. */
  readonly provisioner?: string;
  /** Namespace of the ingress controller, which may reach Grafana and Alidade. */
  readonly ingressNamespace?: string;
}

/** The options with their defaults. */
export interface DeploySettings extends Required<Omit<DeployOptions, 'images'>> {
  image(name: ImageName): string;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Throws `deploy.invalid_option` for what cannot be a name of Kubernetes. */
export function deploySettings(options: DeployOptions = {}): DeploySettings {
  const { images = {}, ...rest } = options;
  const settings: DeploySettings = {
    namespace: 'monitoring',
    applicationNamespace: 'ml',
    cluster: 'production',
    region: 'us-west-2',
    alidadeImage: 'ghcr.io/example/alidade:0.1.0',
    predictionImage: 'ghcr.io/example/prediction-api:1.0.0',
    provisioner: 'ebs.csi.aws.com',
    ingressNamespace: 'ingress-nginx',
    ...rest,
    image: (name) => images[name] ?? imageOf(name),
  };
  for (const key of ['namespace', 'applicationNamespace', 'ingressNamespace'] as const) {
    if (!NAME.test(settings[key]))
      throw new DeployError('deploy.invalid_option', `${key}: "${settings[key]}" is no name of Kubernetes; use a-z, 0-9 and -, at most 63`);
  }
  for (const key of ['alidadeImage', 'predictionImage'] as const) {
    const tag = /:([\w][\w.-]{0,127})(@sha256:[0-9a-f]{64})?$/.exec(settings[key])?.[1];
    if (tag === undefined || tag === 'latest')
      throw new DeployError('deploy.invalid_option', `${key}: "${settings[key]}" is not pinned; name a tag other than latest`);
  }
  return settings;
}
