import { Agent } from 'node:http';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const readBytes = 256 * 1024;

/**
 * Connections that read into one buffer each, again and again. Otherwise every read makes one of its own, of which the
 * parser of HTTP copies what belongs to a body: with large downloads the collector is then busier than all the rest.
 */
export class OneBufferAgent extends Agent {
  override createConnection(options: TcpNetConnectOpts): Socket {
    const socket: Socket = connect({
      ...options,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        // The parser listens for what a socket emits, and is done with it when this is answered.
        callback: (length, buffer) => {
          socket.emit('data', buffer.subarray(0, length));
          return true;
        },
      },
    });
    return socket;
  }
}
