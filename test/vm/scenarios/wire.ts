import { eventually } from '../../lab/eventually.ts';
import type { LabNode } from '../../lab/node.ts';
import type { LabProcess } from '../../lab/lab-process.ts';

/** What of the overlays leaves and enters a node, seen on its only interface. */
export class WireCapture {
  readonly #node: LabNode;
  readonly #process: LabProcess;
  readonly #file: string;

  private constructor(node: LabNode, process: LabProcess, file: string) {
    this.#node = node;
    this.#process = process;
    this.#file = file;
  }

  static async start(node: LabNode): Promise<WireCapture> {
    const file = '/root/wire.pcap';
    const filter = 'udp port 4789 or ip proto 50';
    const args = ['-i', 'eth0', '--immediate-mode', '-U', '-B', '4096', '-w', file, filter];
    const process = await node.spawn('tcpdump', args, 'wire');
    await eventually(() => process.log().includes('listening on'));
    return new WireCapture(node, process, file);
  }

  /** Packets of each kind. The ingress network is never encrypted: it is not to be used meanwhile. */
  async stop(): Promise<{ readonly esp: number; readonly vxlan: number }> {
    await this.#process.stop('SIGINT');
    return { esp: await this.#count('ip proto 50'), vxlan: await this.#count('udp port 4789') };
  }

  /** Of the VXLAN packets until now, those in which TCP to or from this port can be read. */
  inTheClear(port: number): Promise<number> {
    // Behind the headers of UDP, VXLAN, Ethernet and IPv4 without options.
    const ports = [50, 52].map((offset) => `udp[${String(offset)}:2] = ${String(port)}`);
    return this.#count(`udp port 4789 and (${ports.join(' or ')})`);
  }

  async #count(filter: string): Promise<number> {
    const { stdout } = await this.#node.run('tcpdump', ['-n', '-r', this.#file, filter]);
    return stdout.split('\n').filter(Boolean).length;
  }
}
