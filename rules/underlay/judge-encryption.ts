/** One direction between two nodes, as Docker sets it up: ESP in transport mode. */
export interface XfrmState {
  readonly source: string;
  readonly destination: string;
  readonly spi: string;
  readonly reqid: number;
  readonly packets: number;
  /** Milliseconds since 1970, when it was added; absent when it cannot be read. */
  readonly added?: number;
}

/** Outgoing: what is to be encrypted, and with which state. */
export interface XfrmPolicy {
  readonly source: string;
  readonly destination: string;
  /** `udp`, and the port. */
  readonly protocol: string;
  readonly port: number;
  readonly mark: number;
  readonly spi: string;
}

/** What this node's kernel holds for encryption. */
export interface EncryptionFacts {
  readonly port: number;
  readonly states: readonly XfrmState[];
  readonly policies: readonly XfrmPolicy[];
  /** Networks whose outgoing VXLAN Docker marks for encryption, and whose cleartext it drops. */
  readonly marked: ReadonlySet<number>;
  readonly refused: ReadonlySet<number>;
  /** Packets that our own rules saw pass, or dropped. */
  readonly cleartext: readonly Cleartext[];
  /** Of the link that VXLAN leaves by; absent when unknown. */
  readonly linkMtu?: number;
}

export interface Cleartext {
  readonly direction: 'in' | 'out';
  /** Of the other node. */
  readonly address: string;
  readonly vni: number;
  readonly packets: number;
}

/** One network meant to be encrypted, in its namespace on this node. */
export interface EncryptedOverlay {
  readonly id: string;
  readonly name: string;
  readonly vnis: readonly number[];
  readonly mtu: number;
  /** Nodes that Docker knows endpoints of the network on. */
  readonly peers: readonly string[];
}

export interface EncryptedNetwork {
  readonly id: string;
  readonly name: string;
  /** idle: no other node has an endpoint on it, so nothing crosses nodes. */
  readonly state: 'encrypted' | 'broken' | 'idle';
  /** For people: what keeps it from being encrypted with any peer. */
  readonly missing: readonly string[];
  readonly mtu: number;
  readonly linkMtu?: number;
  readonly peers: readonly EncryptedPeer[];
}

export interface EncryptedPeer {
  readonly address: string;
  readonly missing: readonly string[];
  /** Of all networks between the two nodes together: they share their keys. */
  readonly packetsOut: number;
  readonly packetsIn: number;
  /** When the key in use came into use, in milliseconds since 1970. Swarm changes it every 12 hours. */
  readonly keySince?: number;
}

/** Docker's label on all that it sets up: moby, `libnetwork/drivers/overlay/encryption.go`. */
export const ENCRYPTION_MARK = 0xd0c4e3;
/** VXLAN's and ESP's headers (the same file, `pktExpansion`, and `vxlanEncap`). */
const OVERHEAD = 50 + 26;

/** Says of each network what is missing. Nothing here looks at what was asked for, only at what the kernel does. */
export function judgeEncryption(
  overlays: readonly EncryptedOverlay[],
  facts: EncryptionFacts,
): readonly EncryptedNetwork[] {
  return overlays.map((overlay): EncryptedNetwork => {
    const { id, name, mtu } = overlay;
    const peers = overlay.peers.map((address) => judgePeer(address, overlay, facts));
    const missing = overlay.peers.length === 0 ? [] : missingOf(overlay, facts);
    const broken = missing.length > 0 || peers.some((peer) => peer.missing.length > 0);
    return {
      ...{ id, name, mtu, missing, peers },
      state: overlay.peers.length === 0 ? 'idle' : broken ? 'broken' : 'encrypted',
      ...(facts.linkMtu === undefined ? {} : { linkMtu: facts.linkMtu }),
    };
  });
}

function missingOf({ vnis, mtu }: EncryptedOverlay, { marked, refused, linkMtu }: EncryptionFacts): string[] {
  return [
    ...(vnis.every((vni) => marked.has(vni)) ? [] : ['the rule that marks what leaves for encryption']),
    ...(vnis.every((vni) => refused.has(vni)) ? [] : ['the rule that drops what comes unencrypted']),
    ...(linkMtu !== undefined && mtu + OVERHEAD > linkMtu
      ? [`room: its MTU is ${mtu}, and the link's ${linkMtu} less ${OVERHEAD} is ${linkMtu - OVERHEAD}`]
      : []),
  ];
}

function judgePeer(address: string, { vnis }: EncryptedOverlay, facts: EncryptionFacts): EncryptedPeer {
  const own = facts.states.filter(({ reqid }) => reqid === ENCRYPTION_MARK);
  const policy = facts.policies.find(
    ({ destination, protocol, port, mark }) =>
      destination === address && protocol === 'udp' && port === facts.port && mark === ENCRYPTION_MARK,
  );
  const outgoing = own.find((state) => state.destination === address && state.spi === policy?.spi);
  const incoming = own.filter(({ source }) => source === address);
  const clear = (direction: Cleartext['direction']): number =>
    facts.cleartext
      .filter((each) => each.direction === direction && each.address === address && vnis.includes(each.vni))
      .reduce((sum, { packets }) => sum + packets, 0);
  const [sent, received] = [clear('out'), clear('in')];
  return {
    address,
    missing: [
      ...(policy === undefined ? ['the policy to encrypt'] : []),
      ...(policy !== undefined && outgoing === undefined ? ['the key to send with'] : []),
      ...(incoming.length === 0 ? ['a key to receive with'] : []),
      ...(sent > 0 ? [`encryption of ${sent} packets that left of late`] : []),
      ...(received > 0 ? [`encryption of ${received} packets that came of late`] : []),
    ],
    packetsOut: outgoing?.packets ?? 0,
    packetsIn: incoming.reduce((sum, { packets }) => sum + packets, 0),
    ...(outgoing?.added === undefined ? {} : { keySince: outgoing.added }),
  };
}
