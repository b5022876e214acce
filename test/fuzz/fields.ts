/** Field → JSON texts that it may be given: right, wrong, and such as only some readers take. */
export type FieldTexts = Readonly<Record<string, readonly string[]>>;

const BOOL = ['true', 'true', 'true', 'false', 'null', '1', '"true"', 'True', 'tru\\u0065', '[true]'];
const TEXTS = ['["a"]', '[]', 'null', '[null]', '"a"', '["a",null]', '["a",1]', '{"0":"a"}', '["\\u0061"]'];
const MAP = [
  '{"a":"1"}',
  '{"a":"1","A":"2"}',
  '{"a":"1","a":"2"}',
  '{"a":null}',
  '{"a":1}',
  '{"":"x"}',
  '{"__proto__":"x"}',
  '{"a":"1","\\u0061":"2"}',
  'null',
  '[]',
  '{}',
];
const modes = (...texts: readonly string[]): readonly string[] => [
  ...texts.map((text) => `"${text}"`),
  'null',
  '0',
];

const MOUNTS = [
  '[{"Type":"bind","Source":"/etc","Target":"/mnt"}]',
  '[{"type":"bind","SOURCE":"/etc","target":"/mnt","readonly":true}]',
  '[{"Type":"volume","Type":"bind","Source":"/etc","Target":"/mnt"}]',
  '[{"Type":"volume","type":"bind","Source":"/etc","Target":"/mnt"}]',
  '[{"Type":"tmpfs","Target":"/mnt","TmpfsOptions":{"SizeBytes":1048576}}]',
  '[{"Type":"tmpfs","Target":"/mnt","TmpfsOptions":{"SizeBytes":1e6}}]',
  '[{"Source":"/etc","Target":"/mnt"}]',
  '[{"Type":"Bind","Source":"/etc","Target":"/mnt"}]',
  '[{"Type":"b\u0131nd","Source":"/etc","Target":"/mnt"}]',
  '[null]',
  '[]',
  '{}',
];

export const HOST_FIELDS: FieldTexts = {
  Privileged: BOOL,
  PublishAllPorts: BOOL,
  ReadonlyRootfs: BOOL,
  Memory: [
    '67108864',
    '6.7108864e7',
    '67108864.0',
    '"67108864"',
    '0x4000000',
    '067108864',
    'null',
    '-0',
    '67108864e0',
    '18446744073709551616',
  ],
  OomScoreAdj: ['500', '5e2', '500.0', '-0', 'null', '""'],
  PidMode: modes('host', '', 'Host'),
  NetworkMode: modes('host', 'none', 'bridge', 'default', ''),
  IpcMode: modes('host', 'private', 'none'),
  UTSMode: modes('host', ''),
  CapAdd: [
    '["NET_ADMIN"]',
    '"ALL"',
    '"NET_ADMIN"',
    '[]',
    'null',
    '["SYS_ADMIN","NET_RAW"]',
    '["NET_ADMIN",1]',
    '{}',
  ],
  Binds: [
    '["/etc:/mnt"]',
    '["/:/host:ro"]',
    'null',
    '[]',
    '"/etc:/mnt"',
    '["/etc:/mnt",null]',
    '["/e\\u0074c:/mnt"]',
  ],
  SecurityOpt: ['["seccomp=unconfined"]', '["no-new-privileges"]', '[]', 'null', '"seccomp=unconfined"'],
  Sysctls: [
    '{"net.ipv4.ip_forward":"1"}',
    '{"net.ipv4.ip_forward":"1","net.ipv4.ip_forward":"0"}',
    '{}',
    'null',
  ],
  Devices: [
    '[{"PathOnHost":"/dev/null","PathInContainer":"/dev/x","CgroupPermissions":"rwm"}]',
    '[{"pathonhost":"/dev/zero","PATHINCONTAINER":"/dev/x","cgroupPermissions":"r"}]',
    '[{"PathOnHost":"/dev/null","PathOnHo\u017ft":"/dev/zero","PathInContainer":"/dev/x","CgroupPermissions":"r"}]',
    '[]',
    'null',
  ],
  Mounts: MOUNTS,
  ExtraHosts: ['["a:10.0.0.1"]', '[]', 'null', '"a:10.0.0.1"'],
  GroupAdd: ['["0"]', 'null', '[0]'],
};

export const CONTAINER_FIELDS: FieldTexts = {
  Labels: MAP,
  User: modes('root', '1000', 'ro\\u006ft'),
  Env: ['["FUZZ=1"]', 'null', '[]', '"FUZZ=1"', '["FUZZ=1","FUZZ=2"]'],
  Cmd: ['["sleep","1"]', '"sleep"', '[]', 'null', '["sleep",null]', '{}'],
  Tty: BOOL,
  Hostname: modes('web', 'b\\u006fx'),
  Unknown: ['1', '{"HostConfig":{"Privileged":true}}', '[[[[]]]]'],
};

export const TASK_FIELDS: FieldTexts = {
  Labels: MAP,
  User: modes('root', '1000'),
  Args: TEXTS,
  Command: TEXTS,
  CapabilityAdd: ['["CAP_NET_ADMIN"]', 'null', '[]', '"CAP_NET_ADMIN"', '["CAP_SYS_ADMIN","CAP_SYS_ADMIN"]'],
  ReadOnly: BOOL,
  TTY: BOOL,
  Mounts: MOUNTS,
  Hosts: ['["10.0.0.1 a"]', '[]', 'null'],
  Sysctls: ['{"net.ipv4.ip_forward":"1"}', '{"a":"1","a":"2"}', '{}', 'null'],
};

export const SERVICE_FIELDS: FieldTexts = {
  Labels: MAP,
  EndpointSpec: [
    '{"Mode":"dnsrr"}',
    '{"mode":"dnsrr"}',
    '{"Mode":"vip","mode":"dnsrr"}',
    '{"Ports":[{"TargetPort":80,"PublishMode":"host","PublishedPort":8080}]}',
    '{"Ports":[{"targetport":80,"PUBLISHMODE":"host"}]}',
    '{"Ports":[{"TargetPort":80,"PublishMode":"HOST"}]}',
    '{"Ports":[{"TargetPort":80,"PublishMode":"ho\u017ft"}]}',
    '{"Ports":[{"TargetPort":80,"PublishMode":"other"}]}',
    '{"Ports":[{"TargetPort":8e1}]}',
    'null',
  ],
};

export const VOLUME_FIELDS: FieldTexts = {
  Labels: MAP,
  Driver: modes('local', ''),
  DriverOpts: [
    '{"type":"none","o":"bind","device":"/etc"}',
    '{"type":"none","o":"bind","device":"/tmp","device":"/etc"}',
    '{"type":"tmpfs","device":"tmpfs"}',
    '{"type":"none","o":"bind","device":"/etc","Device":"/tmp"}',
    '{"type":"none","o":"bind","d\\u0065vice":"/etc"}',
    'null',
    '{}',
    '[]',
  ],
};
