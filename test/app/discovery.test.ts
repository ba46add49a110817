/** How gateways are found: each way keeps the same contract. */
import t from 'tap';
import { MemoryDisk } from '../../src/net/index.js';
import { discoveryContract, links } from '../support/discovery-contract.js';

const registers = ['tcp://127.0.0.1:1236', 'tcp://127.0.0.1:1237'];

t.test('by a register', async t => {
  discoveryContract(t, async scene => {
    const options = { register: registers[0]! };
    await scene.register(options.register);
    return { gateway: options, worker: options, program: options, forgets: true };
  });
});

t.test('by two registers, one of which is dead', async t => {
  discoveryContract(t, async scene => {
    const options = { register: registers };
    await scene.register(registers[1]!);
    return { gateway: options, worker: options, program: options, forgets: true };
  });
});

t.test('by a fixed list', async t => {
  discoveryContract(t, async () => {
    const options = { gateways: links };
    return { gateway: options, worker: options, program: options, forgets: false };
  });
});

t.test('by what was last known, while no register answers', async t => {
  discoveryContract(t, async scene => {
    const disk = new MemoryDisk();
    const options = { register: registers[0]! };
    const finding = { gateway: options, worker: { ...options, state: '/state' }, disk, forgets: false };
    const roles = [await scene.register(options.register)];
    roles.push(await scene.gateway(0, finding), await scene.gateway(1, finding), await scene.worker(finding));
    await scene.until(() => disk.files.has('/state/gateways.json'), 'the file');
    for (const { process } of roles) process.die();
    await scene.world.run(100);
    return finding;
  });
});
