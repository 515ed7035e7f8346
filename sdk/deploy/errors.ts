/** What is wrong with a deployment: branch on it, not on the message. */
export type DeployErrorCode = 'deploy.inline_secret' | 'deploy.invalid_option' | 'deploy.conflict';

/** A deployment that cannot be written: the message names the place, the value where it is no secret, and the cure. */
export class DeployError extends Error {
  readonly code: DeployErrorCode;

  constructor(code: DeployErrorCode, message: string) {
    super(message);
    this.name = 'DeployError';
    this.code = code;
  }
}
