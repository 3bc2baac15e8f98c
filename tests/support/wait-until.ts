/** Waits for a condition that no event tells of; fails when it does not come about in time. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 5000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`In ${deadlineMs} ms it did not come about that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
