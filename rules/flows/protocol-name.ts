const NAMES: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '58': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '132': 'sctp',
};

/** Of IANA's number: `tcp`, `udp`, `sctp`, `icmp` of either family; else what was given. */
export function protocolName(number: number | string): string {
  return NAMES[String(number)] ?? String(number);
}
