import type { LintRule } from '../lint-rule.ts';

const SOCKET =
  /^\/(?:var\/)?run\/(?:docker|containerd\/containerd|podman\/podman)\.sock$|^\/(?:var\/)?run\/?$/;

export const dockerSocket: LintRule = {
  id: 'docker-socket',
  severity: 'warning',
  scope: 'service',
  summary: "a service has the engine's socket: it is root on its node",
  *check({ services }) {
    for (const { name, runtime } of services)
      for (const { value, origin } of runtime.mounts) {
        if (!SOCKET.test(value)) continue;
        yield {
          at: origin,
          message: `"${name}" has the engine's socket (${value}): it is root on its node, read-only or not`,
          hint: 'Put a proxy before it that passes only the calls that are needed.',
        };
      }
  },
};
