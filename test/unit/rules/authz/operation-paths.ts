/** Verb and resource of the operations that tests speak of. */
export const OPERATION_PATHS: Readonly<Record<string, readonly [verb: string, resource: string]>> = {
  ConfigDelete: ['delete', 'configs'],
  ConfigUpdate: ['update', 'configs'],
  NetworkConnect: ['connect', 'networks'],
  NetworkDelete: ['delete', 'networks'],
  PluginDisable: ['disable', 'plugins'],
  PluginSet: ['set', 'plugins'],
  ServiceCreate: ['create', 'services'],
  ServiceUpdate: ['update', 'services'],
};
