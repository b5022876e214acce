import assert from 'node:assert/strict';
import { engineCalls } from '../fuzz/engine-calls.ts';
import { AuthzPlugin } from '../lab/authz-plugin.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { unlessOvertaken } from '../lab/overtaken.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    configs: [{ source: note, target: /note }]
    deploy: { replicas: 1, labels: { owner: me }, resources: { limits: { memory: 32M } } }
networks: { net: {} }
configs: { note: { file: /root/note } }
`;

/** What `docker` sends, of the engine's own version: each line is run by a shell on the node, in order. */
const COMMANDS: readonly string[] = [
  'docker version',
  'docker info',
  'docker run --detach --name web --publish 8080:80 --env A=1 --label a=b --memory 64m swarmwall/demo:1',
  'docker run --rm --entrypoint /bin/sh swarmwall/demo:1 -c "echo é; exit 0"',
  'docker create --name other --restart on-failure:3 --ulimit nofile=64:64 --tmpfs /t --health-cmd true swarmwall/demo:1',
  'docker ps --all --size --filter name=web',
  'docker inspect web',
  'docker exec web true',
  'echo hi | docker exec --interactive web cat',
  'docker exec --detach --workdir /tmp web true',
  'docker logs --tail 5 web',
  'docker top web',
  'docker stats --no-stream web',
  'docker diff web',
  'docker port web',
  'docker cp /root/note web:/tmp/note',
  'docker cp web:/tmp/note /root/back && cmp /root/note /root/back',
  'docker pause web && docker unpause web',
  'docker update --memory 65m --memory-swap -1 web',
  'docker rename other another',
  'timeout 1 docker attach --no-stdin web; test $? = 124',
  'timeout 1 docker events; test $? = 124',
  'docker events --since 1m --until 0s',
  'docker commit --change "ENV B=2" web local/committed:1',
  'docker tag local/committed:1 local/committed:2',
  'docker history local/committed:1',
  'docker image inspect local/committed:1',
  'docker save local/committed:1 | docker load',
  'docker export web | docker import --message m - local/imported:1',
  'docker images',
  'docker rmi local/committed:2',
  'printf "FROM swarmwall/demo:1\\nLABEL x=y\\n" | DOCKER_BUILDKIT=0 docker build --tag local/built:1 --label l=1 --build-arg q=1 -',
  'docker image prune --force',
  'docker builder prune --force',
  'docker network create --driver bridge --subnet 10.77.0.0/24 --label n=1 back',
  'docker network connect --alias w --ip 10.77.0.9 back web',
  'docker network inspect back && docker network ls --filter label=n=1',
  'docker network disconnect --force back web && docker network rm back && docker network prune --force',
  'docker volume create --label v=1 --opt type=tmpfs --opt device=tmpfs data',
  'docker volume inspect data && docker volume ls && docker volume rm data && docker volume prune --force',
  // A first process that is asked to end before it listens for that does not.
  'docker restart --time 0 web && docker kill --signal TERM web; docker kill web; docker wait web',
  'docker start web && docker stop --time 0 web && docker rm --volumes web',
  'docker system df --verbose',
  'docker container prune --force',
  'docker plugin ls',
  'docker node ls && docker node inspect self && docker node update --label-add a=b node1',
  'docker swarm join-token worker && docker swarm update --task-history-limit 3 && docker swarm ca',
  'echo s | docker secret create --label a=b secret - && docker secret ls && docker secret inspect secret',
  'docker config create note /root/note && docker config inspect --pretty note',
  'docker network create --driver overlay --attachable --opt encrypted= over && docker network rm over',
  'docker service create --detach --no-resolve-image --name svc --secret secret --config note --mount type=tmpfs,target=/t --publish 9000:80 --replicas 1 swarmwall/demo:1',
  'docker service update --detach --no-resolve-image --label-add a=b --env-add A=1 svc',
  'docker service ls && docker service ps svc && docker service inspect svc',
  'docker service scale --detach svc=0 && docker service rollback --detach svc',
  'docker service rm svc && docker secret rm secret && docker config rm note',
  'docker stack deploy --resolve-image never -c /root/stack.yaml app',
  'docker stack ps app && docker stack services app',
  'docker stack rm app',
];

describe('the docker command against a guarded engine', () => {
  let lab: Lab;
  let node: LabNode;

  before(async () => {
    lab = await createLab({ prefix: `clients-${process.pid}`, nodes: 1 });
    await lab.swarm();
    node = lab.manager;
    node.writeFile('/root/note', 'a note\n');
    node.writeFile('/root/stack.yaml', STACK);
    const plugin = new AuthzPlugin(node);
    await plugin.start();
    await plugin.enable();
  });
  after(() => lab.destroy());

  for (const command of COMMANDS)
    it(command, async () => {
      const { exitCode, stdout, stderr } = await unlessOvertaken(() =>
        node.run('sh', ['-c', command], { reject: false }),
      );
      assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    });

  it('but no parameters pass in a form that a second Content-Type hides', async () => {
    const api = engineCalls(node.socketPath);
    const form = Buffer.from('fromImage=evil.invalid/image');
    const pull = (types: string[]) =>
      api.call({
        method: 'POST',
        uri: '/v1.41/images/create?fromImage=good.invalid/image',
        headers: { 'Content-Type': types, 'Content-Length': String(form.length) },
        body: form,
      });
    for (const last of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const { status, body } = await pull(['application/x-www-form-urlencoded', last]);
      assert.equal(status, 403, JSON.stringify(body));
    }
    api.close();
  });
});
