import { DEFAULT_CONTROLLER_PORT } from './protocol.ts';

/** Every product default, in one place. Times are milliseconds. */
export interface Config {
  readonly dockerSocket: string;
  /** Docker's exec root; overlay namespaces are in its `netns` folder. */
  readonly execRoot: string;
  /** Numbering and last policy; survives a restart of the agent, not of the machine (nor do the rules). */
  readonly stateDir: string;
  /** Authorization policy and audit log: they must survive the machine's restart, or each one would open everything. */
  readonly authzDir: string;
  /** Files of the audit log are kept this long, as far as they fit. */
  readonly auditDays: number;
  readonly auditMegabytes: number;
  /** `/dev/log`, `udp://host:514`, `tcp://host:514`; absent: files only. */
  readonly auditSyslog?: string;
  /** Of the verdict log, which is in `flows` of `authzDir`: as the audit log's. */
  readonly flowDays: number;
  readonly flowMegabytes: number;
  readonly flowSyslog?: string;
  /** The program that reads flows from the kernel; found by the PATH. */
  readonly flowReader: string;
  /** Folder of agent.sock, controller.sock and plugin.sock. */
  readonly socketDir: string;
  /** Where Docker asks the managed plugin; the name is config.json's. */
  readonly pluginSocket: string;
  readonly controllerPort: number;
  readonly controllerAddress: string;
  /** Where the service map is served; `off`: nowhere. Off loopback it is HTTPS, with Swarm's own certificate. */
  readonly mapAddress: string;
  readonly mapPort: number;
  /** Holds the token that opens it; absent: a new one at each start. */
  readonly mapTokenFile?: string;
  /** Of the node, UDP and TCP: where queries of tasks with rules by DNS name are sent to. */
  readonly dnsPort: number;
  /** An address that a DNS name has passes this long at least, and this much longer than the answer may be remembered. */
  readonly dnsLeastSeconds: number;
  readonly dnsGraceSeconds: number;
  /** Nobody is told to remember an answer for longer. */
  readonly dnsMostSeconds: number;
  /** Where agent and controller serve /metrics; `off`: nowhere. */
  readonly metricsAddress: string;
  readonly agentMetricsPort: number;
  readonly controllerMetricsPort: number;
  /** Who reads metrics must say it; absent: whoever can connect may read them. */
  readonly metricsToken?: string;
  /** Where the controller posts anomalies, and what it says to be known there; absent: nowhere. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  /** `horizontal=8 learning=2h`: when an anomaly is told, where it differs from docs/anomalies.md. */
  readonly anomalyThresholds?: string;
  /** Marks Swarmwall's own calls to Docker, which its own authorization must not judge again; absent: nothing marks them. */
  readonly ownCallSecret?: string;
  /** Swarm's certificates; absent: `swarm/certificates` under the DockerRootDir of `/info`. */
  readonly certificates?: string;
  readonly version: string;
  /** Where docs/ is published, for the links in SARIF; without a slash at its end. */
  readonly docsUrl: string;
}

/** Of VXLAN, unless the Swarm was made with another (`--data-path-port`): its devices tell. */
export const DEFAULT_DATA_PATH_PORT = 4789;

export const DEFAULT_CONFIG: Config = {
  dockerSocket: '/var/run/docker.sock',
  execRoot: '/run/docker',
  stateDir: '/run/swarmwall',
  authzDir: '/var/lib/swarmwall',
  auditDays: 7,
  auditMegabytes: 1024,
  flowDays: 7,
  flowMegabytes: 1024,
  flowReader: 'swarmwall-flow-reader',
  socketDir: '/run/swarmwall',
  pluginSocket: '/run/docker/plugins/swarmwall.sock',
  controllerPort: DEFAULT_CONTROLLER_PORT,
  controllerAddress: '0.0.0.0',
  mapAddress: '127.0.0.1',
  mapPort: 7960,
  dnsPort: 7953,
  dnsLeastSeconds: 30,
  dnsGraceSeconds: 30,
  dnsMostSeconds: 3_600,
  metricsAddress: '127.0.0.1',
  agentMetricsPort: 7955,
  controllerMetricsPort: 7956,
  version: '0.1.0',
  docsUrl: 'https://swarmwall.example/docs',
};

export const TIMES = {
  /** Between two refreshes of the controller, and two full ones. */
  controllerMinInterval: 50,
  controllerResync: 30_000,
  /** Between two runs of the agent, and two full ones. */
  agentMinInterval: 5,
  agentResync: 15_000,
  /** A failed run of the agent is tried again after this: a namespace that has just appeared may have no bridge yet. */
  agentRetryFirst: 25,
  stateMinInterval: 200,
  /** A failed run is tried again after this, doubled up to the second. */
  retryFirst: 200,
  retryMost: 5_000,
  reconnectFirst: 250,
  reconnectMost: 10_000,
  /** A peer that says nothing for this long is gone. */
  ping: 5_000,
  peerSilence: 16_000,
  /** For hello, after TLS. */
  greeting: 5_000,
  /** How long a node's load balancers are trusted after its agent went: its rules are still there. */
  loadBalancerGrace: 30_000,
  /** A new controller lets nodes report for this long before it sends anyone a policy. */
  gathering: 3_000,
  /** A manager that cannot read the Swarm for so long is no source of policy: an election of another leader takes less. */
  blindMost: 15_000,
  blindAgainMost: 60_000,
  /** How soon to look again while tasks start: Swarm has no events for them. */
  movingFirst: 100,
  movingMost: 2_000,
  /** And after each event or report. */
  following: [150, 500, 1_500],
  deniedPoll: 2_000,
  /** Between two batches of flows to a manager. */
  flowBatch: 50,
  /** For a node to look through its verdict log. */
  flowHistory: 8_000,
  /** How long what a node says of a service is kept until its manager has heard that the service is there. */
  flowDoubt: 5_000,
  /** Between two looks at whether there is more to keep of what is usual. */
  anomaliesKept: 10_000,
  /** A new controller asks for the past when all nodes are here: looked at so often, and after this whoever is here. */
  pastLook: 2_000,
  pastMost: 60_000,
  /** Of the flows that a staged policy is judged by: how far back, in which steps, and for how long the record of a flow may be on its way. */
  stagedPast: 7 * 86_400_000,
  stagedWindows: [3_600_000, 86_400_000, 3 * 86_400_000],
  stagedSettle: 120_000,
  /** Between two looks at whether something staged is to be promoted, and how soon what is missing is asked for again. */
  stagedTick: 2_000,
  stagedRetryFirst: 2_000,
  stagedRetryMost: 60_000,
  /** Between two looks at the underlay: at what it counted, and at everything. */
  underlayMinInterval: 500,
  underlayPoll: 2_000,
  underlayResync: 15_000,
  /** For a change of the authorization policy's file that no event told of. */
  policyPoll: 5_000,
  /** How soon the agent makes good a file of it that was damaged, or that a full disk did not take. */
  authzRepair: 10_000,
  /** Where no monitor can tell (iptables-legacy). */
  driftPoll: 500,
  /** After the kernel ended a trial of node policies, before the agent looks. */
  trialEnd: 1_000,
  /** ipsets tell nobody of a change. */
  ipsetPoll: 2_000,
  /** A held start that only waits for what is allowed goes after this; after the second, one whose rules are not there is refused. */
  startSettle: 3_000,
  startMost: 12_000,
  /** While the guard runtime has asked in this time, looks after events wait for a pause of this length, and this long at most. */
  startsInUse: 60_000,
  lookQuiet: 150,
  lookMost: 500,
  /** What was seen of a container at its start stands this long without a word of Docker's on it. */
  startUntold: 30_000,
  /** Between two looks while a start waits. */
  startLook: 20,
  /** For the guard runtime to say what it asks. */
  startQuestion: 2_000,
  process: 10_000,
  dockerRetry: 1_000,
  /** A child of the plugin that ends is started again after this, doubled up to the second while it ends soon. */
  childRetryFirst: 250,
  childRetryMost: 10_000,
  childSteady: 30_000,
  /** Docker gives the whole plugin 10 s to end. */
  childEnd: 4_000,
} as const;

export const LIMITS = {
  /** One line from an agent: a report of some 10,000 endpoints. */
  agentLineBytes: 4 * 1024 * 1024,
  /** Waiting to be sent to one agent; a slower one is disconnected and starts again from a snapshot. */
  sendQueueBytes: 128 * 1024 * 1024,
  /** Messages that one agent may send in a second, and at once. */
  messagesPerSecond: 50,
  messageBurst: 200,
  /** Connections from one address, and handshakes under way in all. */
  connectionsPerAddress: 16,
  pendingConnections: 256,
  deniedKept: 500,
  /** Records that wait for one manager; older ones make room, counted. */
  flowQueue: 20_000,
  /** Of all nodes, in a controller's memory. */
  flowsRecent: 20_000,
  /** That wait for one follower; older ones make room, counted. */
  flowsUnread: 10_000,
  /** Of services that no manager has heard of on that node yet. */
  flowsDoubted: 5_000,
  flowFollowers: 64,
  /** In a controller's memory, and on its disk. */
  anomaliesKept: 500,
  /** That one question may ask for, and how many when it does not say. */
  flowsAsked: 50_000,
  flowsDefault: 1_000,
  flowQuestions: 16,
  /** Flows that passed, and that were denied, which are kept apart for staged policies. */
  stagedPassed: 30_000,
  stagedDenied: 10_000,
  /** Records of which it is remembered that they were told. */
  stagedTold: 50_000,
  startsKept: 1_000,
  /** Of one node's own addresses, in its report. */
  nodeAddresses: 256,
  /** Of one cluster policy; older ones are removed when a new one is written. */
  policyVersionsKept: 50,
  /** Documents in one `policy apply`: they name each other in their labels. */
  policiesAtOnce: 250,
  /** Of all documents about the Docker API together: each node reads them before it answers its engine, in half a second. */
  authzBytes: 256 * 1024,
} as const;

const VARIABLES = {
  dockerSocket: 'SWARMWALL_DOCKER_SOCKET',
  execRoot: 'SWARMWALL_EXEC_ROOT',
  stateDir: 'SWARMWALL_STATE_DIR',
  authzDir: 'SWARMWALL_AUTHZ_DIR',
  socketDir: 'SWARMWALL_SOCKET_DIR',
  controllerAddress: 'SWARMWALL_CONTROLLER_ADDRESS',
  mapAddress: 'SWARMWALL_MAP_ADDRESS',
  mapTokenFile: 'SWARMWALL_MAP_TOKEN_FILE',
  certificates: 'SWARMWALL_CERTIFICATES',
  ownCallSecret: 'SWARMWALL_OWN_CALL_SECRET',
  docsUrl: 'SWARMWALL_DOCS_URL',
  auditSyslog: 'SWARMWALL_AUDIT_SYSLOG',
  metricsAddress: 'SWARMWALL_METRICS_ADDRESS',
  metricsToken: 'SWARMWALL_METRICS_TOKEN',
  webhookUrl: 'SWARMWALL_WEBHOOK_URL',
  webhookSecret: 'SWARMWALL_WEBHOOK_SECRET',
  anomalyThresholds: 'SWARMWALL_ANOMALY_THRESHOLDS',
  flowSyslog: 'SWARMWALL_FLOW_SYSLOG',
  flowReader: 'SWARMWALL_FLOW_READER',
} as const;

/** Whole numbers, with the most that makes sense. */
const NUMBERS = {
  controllerPort: ['SWARMWALL_CONTROLLER_PORT', 65_535],
  mapPort: ['SWARMWALL_MAP_PORT', 65_535],
  dnsPort: ['SWARMWALL_DNS_PORT', 65_535],
  dnsLeastSeconds: ['SWARMWALL_DNS_LEAST_SECONDS', 86_400],
  dnsGraceSeconds: ['SWARMWALL_DNS_GRACE_SECONDS', 86_400],
  agentMetricsPort: ['SWARMWALL_AGENT_METRICS_PORT', 65_535],
  controllerMetricsPort: ['SWARMWALL_CONTROLLER_METRICS_PORT', 65_535],
  auditDays: ['SWARMWALL_AUDIT_DAYS', 36_500],
  auditMegabytes: ['SWARMWALL_AUDIT_MEGABYTES', 1024 * 1024],
  flowDays: ['SWARMWALL_FLOW_DAYS', 36_500],
  flowMegabytes: ['SWARMWALL_FLOW_MEGABYTES', 1024 * 1024],
} as const;

/** Defaults, overridden by `SWARMWALL_*` variables (a managed plugin's settings are variables). */
export function configFrom(environment: Readonly<Record<string, string | undefined>>): Config {
  const config: Record<string, unknown> = { ...DEFAULT_CONFIG };
  for (const [key, variable] of Object.entries(VARIABLES))
    if (environment[variable]) config[key] = environment[variable];
  for (const [key, [variable, most]] of Object.entries(NUMBERS)) {
    const given = Number(environment[variable]);
    if (Number.isInteger(given) && given > 0 && given <= most) config[key] = given;
  }
  return config as unknown as Config;
}
