import { argon2Sync, type Argon2Parameters } from 'node:crypto';
import { answerOrders } from '../base/worker-thread.ts';

answerOrders((parameters: Argon2Parameters): Uint8Array => argon2Sync('argon2id', parameters));
