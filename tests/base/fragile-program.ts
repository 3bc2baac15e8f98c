import { answerOrders } from '../../server/base/worker-thread.ts';

answerOrders(async (order: string) => {
  if (order === 'refuse') throw new RangeError('refused');
  if (order === 'die') {
    setImmediate(() => {
      throw new Error('dead');
    });
    await new Promise(() => {});
  }
  return order.toUpperCase();
});
