// Calls of gRPC on connections that somebody else has accepted. Loading this file loads @grpc/grpc-js.
import type { Socket } from 'node:net';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerUnaryCall,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { isAppError, messageOf } from '../model/app-error.ts';
import type { Timer } from '../model/clock.ts';
import { Gate } from '../workers/gate.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { httpError } from './errors.ts';
import type { GrpcFailure, GrpcMethod, GrpcServerOptions } from './grpc-server.ts';

/** The calls of all connections. */
export interface GrpcCalls {
  /** Takes a connection over. */
  inject(socket: Socket): void;
  /** Lets running calls finish for up to `graceMs`; connections end with their last call. */
  close(graceMs: number): void;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** Each may have sent 64 KB before it is its turn. */
const MAX_STREAMS = 8;
const MAX_WAITING = 4_096;
/** Of a call for its turn, and then of its message to arrive: senders wait ten seconds as a rule. */
const WAIT_MS = 10_000;
const KEEPALIVE_MS = 60_000;
const IDLE_MS = 30 * 60_000;
const RETRY_AFTER_SECONDS = 2;
const MAX_MESSAGE_LENGTH = 2_000;
/** What HTTP would answer, by gRPC's code. */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  [status.OK]: 200,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 408,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.UNAVAILABLE]: 503,
};
const CLIENT_GONE = 499;

type GrpcCallsOptions = GrpcServerOptions & { readonly authenticator: Authenticator };

/** Ready for connections. */
export function openGrpcCalls(options: GrpcCallsOptions): GrpcCalls {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.max_connection_idle_ms': IDLE_MS,
    'grpc.enable_channelz': 0,
    interceptors: [createInterceptor(options)],
  });
  for (const method of options.methods)
    server.register(
      method.path,
      answerWith(method, options),
      (answer: Uint8Array) => Buffer.from(answer),
      (message) => message,
      'unary',
    );
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    inject: (socket) => injector.injectConnection(socket),
    close: (graceMs) => injector.drain(graceMs),
  };
}

function answerWith({ path, handle }: GrpcMethod, { failureOf, reportError }: GrpcServerOptions) {
  return ({ request }: ServerUnaryCall<Buffer, Uint8Array>, done: sendUnaryData<Uint8Array>): void => {
    handle(request).then(
      (answer) => done(null, answer),
      (error: unknown) => {
        const failure = failureOf(error);
        if (failure.code === status.INTERNAL) reportError(error, `gRPC ${path}`);
        done(statusOf(failure));
      },
    );
  };
}

/** With `mayRetry` the details say when: clients send again after RESOURCE_EXHAUSTED only then (https://opentelemetry.io/docs/specs/otlp/#failures). */
function statusOf({ code, message, mayRetry }: GrpcFailure): StatusObject {
  // grpc-js writes it into a header, and cannot write half a character.
  const details = Buffer.from(message.slice(0, MAX_MESSAGE_LENGTH)).toString();
  const metadata = new Metadata();
  if (mayRetry) metadata.set('grpc-status-details-bin', retryDetails(code, details));
  return { code, details, metadata };
}

/** google.rpc.Status with one google.rpc.RetryInfo. */
function retryDetails(code: number, message: string): Buffer {
  const tag = (field: number, wireType: 0 | 2) => (field << 3) | wireType;
  const info = new BinaryWriter().uint32(tag(1, 2)).fork().uint32(tag(1, 0)).int64(RETRY_AFTER_SECONDS).join().finish();
  const writer = new BinaryWriter().uint32(tag(1, 0)).int32(code).uint32(tag(2, 2)).string(message).uint32(tag(3, 2)).fork();
  writer.uint32(tag(1, 2)).string('type.googleapis.com/google.rpc.RetryInfo').uint32(tag(2, 2)).bytes(info);
  return Buffer.from(writer.join().finish());
}

/** Why a call is not let in; every method takes data, so all need the scope `write`. */
async function refusalOf(
  { authenticator, reportError }: GrpcCallsOptions,
  authorization: string | undefined,
  peer: string,
): Promise<GrpcFailure | undefined> {
  try {
    if (!authenticator.isRequired) return undefined;
    const { name, scope } = await authenticator.identify({ authorization, address: peer.replace(/:\d+$/, '') });
    if (scope === 'write') return undefined;
    return {
      code: status.PERMISSION_DENIED,
      message: `the token "${name}" may read, but this needs one with the scope write`,
      mayRetry: false,
    };
  } catch (error) {
    if (isAppError(error, 'http.unauthorized')) return { code: status.UNAUTHENTICATED, message: error.message, mayRetry: false };
    const isLater = isAppError(error, 'http.too_many_guesses') || isAppError(error, 'http.busy');
    if (isLater) return { code: status.RESOURCE_EXHAUSTED, message: messageOf(error), mayRetry: true };
    reportError(error, 'gRPC');
    return { code: status.UNAVAILABLE, message: 'who may call cannot be told; the log of the server says why', mayRetry: false };
  }
}

/** What every call passes before its message is read; until then HTTP/2 holds the sender back. */
function createInterceptor(options: GrpcCallsOptions): ServerInterceptor {
  const places = Math.max(1, Math.floor((options.maxBytes ?? DEFAULT_MAX_BYTES) / options.maxMessageBytes));
  const busy = () => httpError('http.busy', `${places} messages are being received and too many calls wait; send this one again later`);
  const gate = new Gate(places, MAX_WAITING, busy);
  return ({ path }, call) => {
    const passing = new Passing(path, call, gate, options);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, goOn) {
            refusalOf(options, metadata.get('authorization')[0]?.toString(), call.getPeer()).then((refusal) => {
              if (refusal) passing.refuse(refusal);
              else void passing.enter(() => goOn(metadata));
            });
          },
          onReceiveMessage(message, goOn) {
            passing.received();
            goOn(message);
          },
          onCancel: () => passing.ended(),
        }),
      sendMessage(message, next) {
        passing.worked();
        next(message);
      },
      sendStatus(answer, next) {
        passing.worked();
        passing.answered(answer.code);
        next(answer);
      },
    });
  };
}

/** One call on its way: it waits for its turn, then its message comes in, then it is worked on. */
class Passing {
  readonly #path: string;
  readonly #call: ServerInterceptingCallInterface;
  readonly #gate: Gate;
  readonly #options: GrpcServerOptions;
  readonly #startMs: number;
  readonly #waiting = new AbortController();
  #state: 'waiting' | 'receiving' | 'working' | 'done' = 'waiting';
  #timer: Timer;
  #isAnswered = false;

  constructor(path: string, call: ServerInterceptingCallInterface, gate: Gate, options: GrpcServerOptions) {
    this.#path = path;
    this.#call = call;
    this.#gate = gate;
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#timer = options.clock.after(WAIT_MS, () => this.#waiting.abort());
  }

  async enter(goOn: () => void): Promise<void> {
    try {
      await this.#gate.enter(this.#waiting.signal);
    } catch {
      const message = `others are being received since ${WAIT_MS / 1000} s; send this again later`;
      this.refuse({ code: status.UNAVAILABLE, message, mayRetry: true });
      return;
    }
    this.#timer.cancel();
    this.#state = 'receiving';
    const message = `the message did not arrive within ${WAIT_MS / 1000} s`;
    this.#timer = this.#options.clock.after(WAIT_MS, () => this.refuse({ code: status.DEADLINE_EXCEEDED, message, mayRetry: false }));
    goOn();
  }

  received(): void {
    this.#timer.cancel();
    this.#state = 'working';
  }

  /** The method has its answer. */
  worked(): void {
    this.#timer.cancel();
    if (this.#state === 'receiving' || this.#state === 'working') this.#gate.leave();
    this.#state = 'done';
  }

  refuse(failure: GrpcFailure): void {
    this.answered(failure.code);
    this.#call.sendStatus(statusOf(failure));
  }

  answered(code: number): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const { clock, observe } = this.#options;
    const seconds = (clock.nowMs() - this.#startMs) / 1000;
    observe?.({ method: 'POST', route: this.#path, status: HTTP_STATUS[code] ?? 500, seconds });
  }

  /** After an answer, or when the client went away: what is worked on keeps its place until it is done. */
  ended(): void {
    this.#timer.cancel();
    this.#waiting.abort();
    if (!this.#isAnswered) this.#options.observe?.({ method: 'POST', route: this.#path, status: CLIENT_GONE, seconds: 0 });
    this.#isAnswered = true;
    if (this.#state === 'receiving') this.worked();
  }
}
