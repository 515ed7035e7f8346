// A DNS server for tests: answers from a table that may change, over UDP and TCP.
import { createSocket, type Socket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Packet, type RecordType, streamEncode, TRUNCATED_RESPONSE } from 'dns-packet';

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;
/** A UDP answer of more bytes is cut off, and the client asks again over TCP. */
const MAX_UDP_BYTES = 1_200;

/** Records by name (without the last dot) and type; a name that is not there does not exist. */
export type Zone = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>> | 'SERVFAIL' | 'silent'>>;

/** The server and its zone, which may be replaced at any time. */
export class FakeDns {
  zone: Zone = {};
  readonly questions: string[] = [];
  #udp: Socket | undefined;
  readonly #tcp: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => {
      const answer = this.#answer(data.subarray(2));
      if (answer) socket.end(streamEncode(answer));
      else socket.destroy();
    });
  });

  /** Listens over both on one port of `address`; 0: one that both have free. */
  async listen(port = 0, address = '127.0.0.1'): Promise<void> {
    for (let tries = 0; ; tries++) {
      await new Promise<void>((resolve, reject) => this.#tcp.once('error', reject).listen(port, address, () => resolve()));
      try {
        return await this.#bind(address);
      } catch (error) {
        // Somebody else has the port over UDP.
        await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
        if (port !== 0 || tries === 9) throw error;
      }
    }
  }

  async #bind(address: string): Promise<void> {
    this.#udp = createSocket('udp4');
    this.#udp.on('message', (message, from) => {
      const answer = this.#answer(message);
      if (!answer) return;
      const bytes = encode(answer);
      const isLarge = bytes.length > MAX_UDP_BYTES;
      const cut = isLarge ? encode({ ...answer, answers: [], flags: (answer.flags ?? 0) | TRUNCATED_RESPONSE }) : bytes;
      this.#udp?.send(cut, from.port, from.address);
    });
    await new Promise<void>((resolve, reject) => this.#udp?.once('error', reject).bind(this.port, address, () => resolve()));
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => (this.#udp ? this.#udp.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  #answer(message: Uint8Array): Packet | undefined {
    const query = decode(Buffer.from(message));
    const question = query.questions?.[0];
    if (!question) return undefined;
    this.questions.push(`${question.name} ${question.type}`);
    const entry = Object.entries(this.zone).find(([name]) => name.toLowerCase() === question.name.toLowerCase())?.[1];
    if (entry === 'silent') return undefined;
    const rcode = entry === undefined ? RCODES.NXDOMAIN : entry === 'SERVFAIL' ? RCODES.SERVFAIL : RCODES.NOERROR;
    const records = typeof entry === 'object' ? (entry[question.type] ?? []) : [];
    const answers = records.map(
      (data) => ({ name: question.name, type: question.type as RecordType, ttl: 0, class: 'IN', data }) as Answer,
    );
    // QR, AA, RD, RA and the code.
    return { id: query.id ?? 0, type: 'response', flags: 0x0580 | rcode, questions: [question], answers };
  }
}
